import assert from 'node:assert/strict';
import { agnhost, containerRow, execute, script } from '../containers/programs.ts';
import { client } from '../network/reaching.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { pod } from '../workloads.ts';
import { testImage } from '../containers/image.ts';

/** A Deployment of `guestbook` and the Service before it, as kubectl reads them. */
function tier(name: string, words: readonly string[], replicas: number) {
  const labels = { app: 'guestbook', tier: name };
  const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels },
      spec: { ports: [{ port: 80, targetPort: 8080 }], selector: labels },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: agnhost(words, { readinessProbe }) },
      },
    },
  ];
}

const guestbook = [
  ...tier('primary', ['guestbook', 'primary'], 1),
  ...tier('replica', ['guestbook', 'replica', 'http://primary'], 2),
  ...tier('frontend', ['guestbook', 'frontend', 'http://primary', 'http://replica'], 3),
];

async function ask(t: Trial, path: string): Promise<string> {
  const { stdout } = await execute(t, 'client', ['agnhost', 'fetch', `http://frontend${path}`]);
  return stdout.trim();
}

const guestbookRow = containerRow(
  'Kubectl client Guestbook application should create and stop a working application',
  async t => {
    const manifest = guestbook.map(object => JSON.stringify(object)).join('\n---\n');
    await t.kubectl(['create', '-f', '-'], { stdin: manifest });
    await client(t);
    await t.until('the guestbook to answer', async () => (await ask(t, '/get')) === '[]', 90_000);
    assert.equal(await ask(t, '/set?entry=TestEntry'), 'stored');
    await t.until('the entry', async () => (await ask(t, '/get')) === '["TestEntry"]');
    await t.kubectl(['delete', '--grace-period=0', '--force', '-f', '-'], { stdin: manifest });
    assert.match(await t.kubectl(['get', 'deploy,svc', '-l', 'app=guestbook']), /No resources found/);
    await t.until(
      'the pods to go',
      async () => (await t.api.pods.list({ labelSelector: 'app=guestbook' })).items.length === 0,
    );
  },
  { timeoutMs: 180_000 },
);

const logsRow = containerRow('Kubectl logs logs should be able to retrieve and filter logs', async t => {
  const text = 'for i in $(seq 1 100); do echo line $i; done; while :; do sleep 1; done';
  await t.api.pods.create(pod('p', {}, script(text, { image: testImage }, { restartPolicy: 'Always' })));
  await t.until('the last line', async () => {
    const said = await t.kubectl(['logs', 'p', 'c']).catch(() => '');
    return said.endsWith('line 100\n');
  });
  const linesOf = async (...flags: string[]) =>
    (await t.kubectl(['logs', 'p', 'c', ...flags])).split('\n').slice(0, -1);
  assert.deepEqual(await linesOf('--tail=1'), ['line 100']);
  assert.equal(await t.kubectl(['logs', 'p', 'c', '--limit-bytes=1']), 'l');
  const [stamped] = await linesOf('--tail=1', '--timestamps');
  const [time, ...words] = stamped!.split(' ');
  assert.equal(words.join(' '), 'line 100');
  assert.match(time!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  await t.sleep(2_500);
  assert.equal((await linesOf('--since=1s')).length, 0);
  assert.equal((await linesOf('--since=24h')).length, 100);
});

export const applicationRows: readonly Row[] = [guestbookRow, logsRow];
