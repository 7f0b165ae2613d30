// The theme before the first paint. `stores/prefs.ts` keeps the same key and the same class.
;(() => {
  let choice = null
  try {
    choice = JSON.parse(localStorage.getItem('artkeep.prefs') ?? '{}').theme
  } catch {
    // Storage is off or holds something else: the system decides.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches
  const isDark = choice === 'dark' || (choice !== 'light' && system)
  document.documentElement.classList.toggle('dark', isDark)
})()
