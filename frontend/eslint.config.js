import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['src/**/*.{ts,vue}', 'public/*.js'],
    languageOptions: { globals: globals.browser },
    rules: {
      'max-lines': ['error', 300],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Only api/client.ts speaks HTTP.' },
        { name: 'XMLHttpRequest', message: 'Only api/client.ts speaks HTTP.' },
      ],
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((property) => ({
          property,
          message: 'The page is built from nodes, never from HTML text (SE-7).',
        })),
      ],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      'vue/no-static-inline-styles': 'error',
      'vue/require-default-prop': 'off', // an optional prop is undefined, and its type says so
    },
  },
  {
    files: ['extension/*.ts'],
    languageOptions: { globals: globals.browser },
    rules: { 'max-lines': ['error', 300] },
  },
  { files: ['src/api/client.ts'], rules: { 'no-restricted-globals': 'off' } },
  prettier,
)
