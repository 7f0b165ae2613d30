/** Where each service shows one's creations, and which of its replies hold them. */
export interface CaptureSite {
  key: 'starryai' | 'nightcafe' | 'civitai' | 'novita' | 'dezgo' | 'mage'
  name: string
  address: string
  place: string // as its page calls it
  reply: string // as the network tab calls it
  others: readonly string[] // replies beside it, for the picture
}

export const CAPTURE_SITES: readonly CaptureSite[] = [
  {
    key: 'starryai',
    name: 'StarryAI',
    address: 'starryai.com/app/my-creations',
    place: 'My creations',
    reply: 'graphql',
    others: ['main.js', 'fonts.css', 'collect'],
  },
  {
    key: 'nightcafe',
    name: 'NightCafe',
    address: 'creator.nightcafe.studio',
    place: 'My creations',
    reply: 'channel?gsessionid=',
    others: ['_app.js', 'user', 'collect'],
  },
  {
    key: 'civitai',
    name: 'Civitai',
    address: 'civitai.com/generate',
    place: 'Queue',
    reply: 'orchestrator.queryGeneratedImages',
    others: ['app.js', 'user.getSettings', 'signals'],
  },
  {
    key: 'novita',
    name: 'Novita',
    address: 'novita.ai/playground',
    place: 'Playground',
    reply: 'task-result?task_id=',
    others: ['app.js', 'txt2img', 'collect'],
  },
  {
    key: 'dezgo',
    name: 'Dezgo',
    address: 'dezgo.com/account',
    place: 'Transactions',
    reply: 'account/transactions',
    others: ['app.js', 'user', 'collect'],
  },
  {
    key: 'mage',
    name: 'Mage.space',
    address: 'mage.space/u/you',
    place: 'Creations',
    reply: 'images/generate',
    others: ['app.js', 'user', 'collect'],
  },
]
