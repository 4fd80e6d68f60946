import assert from 'node:assert/strict';
import { get } from 'node:https';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { parseArguments } from '#cli/core/flags.ts';
import { healthFlags, openHealthServer, serveHealth } from './component-health.ts';

function ask(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false }, async response => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode!, body });
    }).on('error', reject);
  });
}

test('a port of 0 means no server', async () => {
  const { flags } = parseArguments(['--secure-port=0'], healthFlags(10_259));
  assert.equal(await openHealthServer(flags, silentLog), undefined);
});

test('health is told by its checks, and nothing else is', async () => {
  await using server = await serveHealth({ host: '127.0.0.1', port: 0, log: silentLog });
  let wrong: string | undefined;
  server.check('leaderElection', () => wrong);
  assert.deepEqual(await ask(server.port, '/healthz'), { status: 200, body: 'ok' });
  assert.deepEqual(await ask(server.port, '/livez?verbose'), {
    status: 200,
    body: '[+]ping ok\n[+]leaderElection ok\nlivez check passed\n',
  });
  wrong = 'a secret';
  assert.deepEqual(await ask(server.port, '/readyz'), {
    status: 500,
    body: '[+]ping ok\n[-]leaderElection failed: reason withheld\nreadyz check failed\n',
  });
  assert.equal((await ask(server.port, '/metrics')).status, 404);
});
