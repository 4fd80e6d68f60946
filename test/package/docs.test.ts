import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { MemoryIo } from '#cli/testing.ts';
import { apiServerRows } from '#main/config/api-server-options.ts';
import { clusterCommands } from '#main/commands/registry.ts';
import { systemClock, systemRandom } from '#main/system.ts';

/** What the documents say of the code is so. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const texts = new Map<string, string>();

before(async () => {
  const inFolder = async (folder: string) =>
    (await readdir(join(root, folder))).filter(name => name.endsWith('.md')).map(name => join(folder, name));
  for (const file of [...(await inFolder('.')), ...(await inFolder('docs'))]) {
    texts.set(file, await readFile(join(root, file), 'utf8'));
  }
});

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), match => match[1]!);
}

test('links lead to files', () => {
  const dead = [...texts].flatMap(([file, text]) =>
    matches(text, /\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)
      .filter(link => !existsSync(join(root, dirname(file), link)))
      .map(link => `${file}: ${link}`),
  );
  assert.deepEqual(dead, []);
});

test('paths that are named exist', () => {
  const missing = [...texts].flatMap(([file, text]) =>
    matches(text, /`((?:bench|bin|docs|examples|sim|src|test|tools)\/[\w./-]*)`/g)
      // Place-holders are in capitals: src/api/GROUP/KIND.ts.
      .filter(path => !/[A-Z]{2}/.test(path) && !existsSync(join(root, path)))
      .map(path => `${file}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('npm scripts that are named exist', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [file, text] of texts) {
    for (const name of matches(text, /\bnpm run ([a-z]+)/g))
      assert.ok(scripts[name], `${file}: npm run ${name}`);
  }
});

test('commands that the text has beyond kubectl’s are all there are', () => {
  const [more] = /^- `up` .*$/m.exec(texts.get('docs/cli.md')!)!;
  const names = matches(more, /`([a-z-]+)`/g).filter(name => name !== 'start');
  assert.deepEqual(names.sort(), clusterCommands.map(command => command.name).sort());
});

test('the fields that the text lists are those that `up --config` takes', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-docs-'));
  t.after(() => rm(folder, { recursive: true }));
  const known = async (text: string) => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, `apiVersion: coxswain.dev/v1alpha1\nkind: Cluster\n${text}\n`);
    const io = new MemoryIo(systemClock, systemRandom());
    const code = await runCli(['up', '--config', file], {
      io,
      connect: nodeConnect,
      commands: clusterCommands,
    });
    assert.equal(code, 1);
    return matches(io.errors, /there are (.*)/g)[0]!.split(', ');
  };
  const documented = matches(texts.get('docs/configuration.md')!, /^\| `([\w[\].]+)` \|.*\|.*\|$/gm);
  const own = (parent: string) =>
    documented.filter(field => field.startsWith(parent) && !/[.[]/.test(field.slice(parent.length)));
  const rows = texts.get('docs/configuration.md')!.split('\n');
  assert.deepEqual(
    rows.filter(row => row.startsWith('| `apiServer.')),
    apiServerRows(),
  );
  for (const [parent, nonsense] of [
    ['', 'nonsense: 1'],
    ['apiServer.', 'apiServer: { nonsense: 1 }'],
    ['extensions[].', 'extensions: [{ module: ./x.ts, nonsense: 1 }]'],
    ['audit.', 'audit: { policyFile: x, nonsense: 1 }'],
    ['audit.log.', 'audit: { policyFile: x, log: { nonsense: 1 } }'],
    ['audit.webhook.', 'audit: { policyFile: x, webhook: { configFile: x, nonsense: 1 } }'],
  ] as const) {
    assert.deepEqual(
      own(parent),
      (await known(nonsense)).map(field => parent + field),
    );
  }
});
