import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const ambient = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take an Instant; only adapters and the local region read the clock.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take an Instant; only adapters and the local region read the clock.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Take a Random; ambient chance cannot be replayed.',
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Read configuration once, in shared/config or an entry point.',
  },
];
const pure = [
  {
    selector: ':function[async=true]',
    message: 'Decisions are synchronous; IO belongs to observe/ or apply/.',
  },
  {
    selector: 'AwaitExpression',
    message: 'Decisions are synchronous; IO belongs to observe/ or apply/.',
  },
  { selector: 'ClassDeclaration', message: 'Decisions are functions over values.' },
];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'reports/', '.stryker-tmp/', '**/*.{cjs,mjs}'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Floating async callbacks of node:http and timers are handled inside the callback itself.
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, properties: false } },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': ['error', ...ambient],
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      'max-lines': ['error', { max: 280, skipComments: true, skipBlankLines: true }],
      complexity: ['error', 12],
      'max-params': ['error', 4],
    },
  },
  {
    files: ['shared/decide/**', 'shared/guard/**'],
    rules: { 'no-restricted-syntax': ['error', ...ambient, ...pure] },
  },
  {
    files: ['shared/adapters/**', 'shared/config/**', 'infra/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // A part of the page is one function that ends in its markup; the browser’s own clock tells when it lost the connection.
    files: ['functions/console/page/**'],
    rules: {
      'no-restricted-syntax': 'off',
      'max-lines-per-function': ['error', { max: 120, skipComments: true, skipBlankLines: true }],
      'max-lines': ['error', { max: 500, skipComments: true, skipBlankLines: true }],
      complexity: ['error', 20],
    },
  },
  {
    files: ['test/**'],
    rules: {
      'no-restricted-syntax': 'off',
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      complexity: 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
