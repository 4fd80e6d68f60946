import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { defineController } from '#runtime/controller.ts';
import { type Extension, isController } from './extension.ts';
import { ExtensionLoader } from './load.ts';

/** Writes files into a new folder, where nothing is installed, and loads from it. */
async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<ExtensionLoader> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'coxswain-load-')));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const loader = new ExtensionLoader(folder);
  t.after(() => loader[Symbol.dispose]());
  return loader;
}

const names = (extensions: readonly Extension[]) => extensions.map(({ name }) => name);

test("a TypeScript file imports 'coxswain' and its neighbours, with nothing installed around it", async t => {
  const loader = await folderOf(t, {
    'one.ts': `import { defineController } from 'coxswain';
      import type { Key } from './key.ts';
      import { name } from './key.ts';
      const reconcile = async (key: Key): Promise<void> => {};
      export default defineController({ name, reconcile });`,
    'key.ts': "export type Key = string; export const name: Key = 'one';",
  });
  const [one] = await loader.load([{ module: './one.ts' }]);
  assert.ok(one && isController(one));
  assert.equal(one.name, 'one');
  // It is this program's own: a second copy would know no error of ours.
  assert.equal(
    one.setup.toString(),
    defineController({ name: 'x', reconcile: async () => {} }).setup.toString(),
  );
});

test('a default export may be several, or a function that makes them of the settings', async t => {
  const loader = await folderOf(t, {
    'many.ts': `import { defineAdmissionRule, defineSchedulerPlugin, pods } from 'coxswain';
      export default [
        defineAdmissionRule({ name: 'rule', resources: [pods], validate: () => undefined }),
        defineSchedulerPlugin({ name: 'Plugin' }),
      ];`,
    'made.ts': `import { defineController } from 'coxswain';
      export default async (settings: { name?: string }) =>
        defineController({ name: settings.name ?? 'none', reconcile: async () => {} });`,
    'off.ts': "throw new Error('never loaded');",
  });
  const loaded = await loader.load([
    { module: './many.ts' },
    { module: './made.ts', settings: { name: 'named' } },
    { module: './off.ts', enabled: false },
  ]);
  assert.deepEqual(names(loaded), ['rule', 'Plugin', 'named']);
});

test('a package is found from the folder, by what it exports for import', async t => {
  const loader = await folderOf(t, {
    'node_modules/@example/rules/package.json': JSON.stringify({
      name: '@example/rules',
      type: 'module',
      exports: { '.': { import: './main.js' } },
    }),
    'node_modules/@example/rules/main.js': `import { defineController } from 'coxswain';
      export default defineController({ name: 'packaged', reconcile: async () => {} });`,
  });
  assert.deepEqual(names(await loader.load([{ module: '@example/rules' }])), ['packaged']);
});

test('whatever is wrong with a module is told in one line with its name', async t => {
  const loader = await folderOf(t, {
    'syntax.ts': '\nexport default {;\n',
    'enum.ts': 'enum Mode { On }\nexport default Mode;',
    'throws.ts': "\n\nthrow new TypeError('out of\\norder');",
    'import.ts': "import x from 'no-such-package';\nexport default x;",
    'nothing.ts': 'export const reconcile = 1;',
    'wrong.ts': "export default { name: 'x' };",
    'list.ts': 'export default [1];',
    'name.ts': `import { defineController } from 'coxswain';
      export default defineController({ name: 'My Controller', reconcile: async () => {} });`,
    'make.ts': "export default () => { throw new Error('no settings'); };",
    'twin-a.ts': `import { defineController } from 'coxswain';
      export default defineController({ name: 'twin', reconcile: async () => {} });`,
    'twin-b.ts': "export { default } from './twin-a.ts';",
  });
  const what = 'is not what defineController, defineAdmissionRule or defineSchedulerPlugin answers';
  const wrong = [
    ['./syntax.ts', /^error: extension \.\/syntax\.ts: SyntaxError: .* \(syntax\.ts:2\)$/],
    [
      './enum.ts',
      /^error: extension \.\/enum\.ts: SyntaxError: TypeScript enum is not supported .* \(enum\.ts:1\)$/,
    ],
    ['./throws.ts', 'error: extension ./throws.ts: TypeError: out of (throws.ts:3)'],
    [
      './import.ts',
      /^error: extension \.\/import\.ts: Error: Cannot find package 'no-such-package' imported from .*$/,
    ],
    ['./gone.ts', /^error: extension \.\/gone\.ts: Error: Cannot find module '.*gone\.ts'.*$/],
    ['no-such-package', /^error: extension no-such-package: Error: Cannot find package 'no-such-package'.*$/],
    ['./nothing.ts', 'error: extension ./nothing.ts: it has no default export'],
    ['./wrong.ts', `error: extension ./wrong.ts: the default export ${what}`],
    ['./list.ts', `error: extension ./list.ts: item 0 of the default export ${what}`],
    ['./name.ts', /: the default export has the name "My Controller": use up to 63 lower-case letters/],
    ['./make.ts', 'error: extension ./make.ts: its default export threw Error: no settings'],
  ] as const;
  for (const [module, message] of wrong) {
    await assert.rejects(loader.load([{ module }]), (error: Error) => {
      assert.ok(!error.message.includes('\n'), error.message);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(loader.load([{ module: './twin-a.ts' }, { module: './twin-b.ts' }]), {
    message: 'error: two extensions are called "twin": a name stands for one',
  });
});
