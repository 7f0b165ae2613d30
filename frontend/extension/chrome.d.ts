/** What we use of the browsers' extension API; the same in Chrome, Edge and Firefox. */
declare namespace chrome {
  interface Area {
    get: (key: string) => Promise<Record<string, unknown>>
    set: (values: Record<string, unknown>) => Promise<void>
    remove: (key: string) => Promise<void>
    setAccessLevel?: (level: { accessLevel: 'TRUSTED_CONTEXTS' }) => Promise<void>
  }
  namespace runtime {
    interface MessageSender {
      id?: string
      url?: string
      tab?: object
    }
    const id: string
    const sendMessage: (message: unknown) => Promise<unknown>
    const getManifest: () => { name: string; version: string; host_permissions?: string[] }
    const onMessage: {
      addListener: <T>(
        heard: (message: T, sender: MessageSender, respond: (said: unknown) => void) => boolean,
      ) => void
    }
  }
  namespace storage {
    const local: Area
    const session: Area
    const onChanged: { addListener: (heard: () => void) => void }
  }
  namespace alarms {
    const create: (name: string, when: { delayInMinutes: number }) => Promise<void>
    const onAlarm: { addListener: (heard: () => void) => void }
  }
  namespace action {
    const setBadgeText: (badge: { text: string }) => Promise<void>
    const setBadgeBackgroundColor: (badge: { color: string }) => Promise<void>
  }
  namespace permissions {
    const request: (wanted: { origins: string[] }) => Promise<boolean>
  }
}
