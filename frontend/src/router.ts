import { createRouter, createWebHistory } from 'vue-router'

/** Each view is a chunk of its own; its state is in the query (`useViewState`). */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'browse', component: () => import('./views/browse/BrowseView.vue') },
    { path: '/browse', redirect: (to) => ({ path: '/', query: to.query }) },
    { path: '/tags', name: 'tags', component: () => import('./views/tags/TagsView.vue') },
    {
      path: '/import',
      name: 'import',
      component: () => import('./views/import/ImportView.vue'),
    },
    {
      path: '/convert',
      name: 'convert',
      component: () => import('./views/convert/ConvertView.vue'),
    },
    {
      path: '/database',
      name: 'database',
      component: () => import('./views/database/DatabaseView.vue'),
    },
    {
      path: '/settings',
      name: 'settings',
      component: () => import('./views/settings/SettingsView.vue'),
    },
    {
      path: '/welcome',
      name: 'welcome',
      component: () => import('./views/welcome/WelcomeView.vue'),
    },
    {
      path: '/:rest(.*)*',
      name: 'unknown',
      component: () => import('./views/UnknownView.vue'),
    },
  ],
})
