import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readAdditions } from './additions.ts';

const plugin = `import { defineSchedulerPlugin } from 'coxswain';
export default defineSchedulerPlugin({ name: 'Mine' });
`;

/** Reads a scheduler file beside one extension, a plugin of the name Mine. */
async function read(t: TestContext, scheduler: string) {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-additions-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'scheduler.yaml');
  await writeFile(file, scheduler);
  await writeFile(join(folder, 'plugin.ts'), plugin);
  const settings = {
    name: 'x',
    dataDir: undefined,
    port: undefined,
    hollowNodes: 1,
    logLevel: 'info',
  } as const;
  const additions = () =>
    readAdditions(
      { ...settings, folder, manifests: [], extensions: [{ module: './plugin.ts' }], scheduler: file },
      folder,
    );
  return { file, additions };
}

const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const enabling = (name: string) =>
  `${head}profiles: [{ plugins: { multiPoint: { enabled: [{ name: ${name}, weight: 7 }] } } }]\n`;

test('a scheduler file sets extenders, and profiles that enable the plugins of extensions', async t => {
  const extender = "extenders: [{ urlPrefix: 'http://x', filterVerb: f, weight: 1 }]\n";
  const { additions } = await read(t, enabling('Mine') + extender);
  using found = await additions();
  assert.deepEqual(
    found.extensions?.map(({ name }) => name),
    ['Mine'],
  );
  const [profile] = found.scheduler?.profiles ?? [];
  assert.equal(profile?.plugins.at(-1), 'Mine');
  assert.equal(profile?.weights.Mine, 7);
  assert.equal(found.scheduler?.extenders?.length, 1);
});

test('a scheduler file that is no good, or leaves an extension out, is told of by its name', async t => {
  for (const [text, message] of [
    [enabling('Others'), /^no profile enables the extension Mine$/],
    [`${head}parallelism: -1\n`, /parallelism/],
  ] as const) {
    const { file, additions } = await read(t, text);
    await assert.rejects(additions(), (error: Error) => {
      const start = `error: ${file}: `;
      assert.ok(error.message.startsWith(start), error.message);
      assert.match(error.message.slice(start.length), message);
      return true;
    });
  }
});
