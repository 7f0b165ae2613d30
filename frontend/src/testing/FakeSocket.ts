/** A WebSocket whose other end is the test. */
export class FakeSocket {
  static readonly OPEN = 1
  static all: FakeSocket[] = []
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!
  }

  readyState = FakeSocket.OPEN
  sent: unknown[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null

  constructor(readonly url: URL) {
    FakeSocket.all.push(this)
  }

  send(text: string) {
    this.sent.push(JSON.parse(text))
  }

  say(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  /** The server is gone, or closed it. */
  cut() {
    this.readyState = 3
    this.onclose?.()
  }

  close() {
    this.readyState = 3
  }
}
