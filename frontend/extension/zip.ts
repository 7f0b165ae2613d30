import { crc32, deflateRawSync } from 'node:zlib'

const VERSION = 20
const UTF_8 = 0x0800
const DEFLATED = 8
const FIRST_OF_1980 = 0x0021 // always the same bytes of the same files

/** A zip of these files, by name. */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Buffer[] = []
  const index: Buffer[] = []
  let offset = 0
  for (const [path, content] of files) {
    const name = Buffer.from(path, 'utf8')
    const packed = deflateRawSync(content, { level: 9 })
    const about = Buffer.alloc(26)
    about.writeUInt16LE(VERSION, 0)
    about.writeUInt16LE(UTF_8, 2)
    about.writeUInt16LE(DEFLATED, 4)
    about.writeUInt16LE(0, 6)
    about.writeUInt16LE(FIRST_OF_1980, 8)
    about.writeUInt32LE(crc32(content), 10)
    about.writeUInt32LE(packed.length, 14)
    about.writeUInt32LE(content.length, 18)
    about.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, name, packed])
    const where = Buffer.alloc(14) // comment, disk, attributes, offset
    where.writeUInt32LE(offset, 10)
    const made = Buffer.from([VERSION, 0])
    index.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), made, about, where, name]))
    parts.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(index)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.size, 4)
  end.writeUInt16LE(files.size, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}
