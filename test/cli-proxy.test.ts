import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { configMaps } from '#api/generated/refs.ts';
import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { nodeFs } from '#cli/node-io.ts';
import { MemoryIo } from '#cli/testing.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock, systemRandom } from '#main/system.ts';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

const skip = !hasUpstreamTools() && 'no kubectl for this platform';

/** The command line with the disk beneath it, which tells of each line that it writes. */
class ProxyIo extends MemoryIo {
  override readonly fs = nodeFs('/');
  readonly #served = Promise.withResolvers<string>();
  readonly served = this.#served.promise;

  override readonly stdout = {
    isTerminal: false,
    size: () => undefined,
    write: (text: string | Uint8Array) => {
      this.output += String(text);
      const [, address] = /^Starting to serve on (.*)\n$/.exec(this.output) ?? [];
      if (address) this.#served.resolve(address);
    },
  };
}

let cluster: Cluster;
let folder: string;
let config: string;

before(async () => {
  if (skip) return;
  cluster = await startCluster({ nodes: 0, components: false });
  folder = await mkdtemp(join(tmpdir(), 'coxswain-proxy-'));
  config = join(folder, 'config');
  await writeFile(config, await cluster.kubeconfig(), { mode: 0o600 });
  await mkdir(join(folder, 'www', 'sub'), { recursive: true });
  await writeFile(join(folder, 'www', 'a.txt'), 'text\n');
  await writeFile(join(folder, 'www', 'sub', 'index.html'), '<p>page');
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** Our proxy until it is disposed, which ends the command as Ctrl-C does. */
async function startOurs(...words: string[]) {
  const io = new ProxyIo(systemClock, systemRandom());
  const done = runCli(['--kubeconfig', config, 'proxy', ...words], { io, connect: nodeConnect });
  const failed = done.then(code => Promise.reject(new Error(`ended with ${code}: ${io.errors}`)));
  const address = await Promise.race([io.served, failed]);
  failed.catch(() => undefined);
  return {
    address,
    async [Symbol.asyncDispose]() {
      io.interruption.abort();
      assert.equal(await done, 0);
    },
  };
}

async function startTheirs(...words: string[]) {
  const { kubectl } = await upstreamTools();
  const child: ChildProcess = spawn(kubectl, ['--kubeconfig', config, 'proxy', ...words], {
    env: { HOME: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise(resolve => child.on('exit', resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', text => resolve(/serve on (.*)\n/.exec(String(text))?.[1] ?? ''));
    child.on('exit', code => reject(new Error(`kubectl ended with ${code}`)));
  });
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly location: string | undefined;
  readonly body: string;
}

function ask(address: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const colon = address.lastIndexOf(':');
  const where = address.startsWith('/')
    ? { socketPath: address, host: 'localhost' }
    : { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request({ ...where, path, method, headers, agent: false }, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', chunk => chunks.push(chunk));
      answer.on('end', () => {
        const { 'content-type': type, location } = answer.headers;
        resolve({ status: answer.statusCode, type, location, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Go redirects by 307 from 1.26 on, with which v1.36's kubectl is built. */
function renewed(answer: Answer): Answer {
  const { body } = answer;
  if (!body.includes('Moved Permanently')) return answer;
  return { ...answer, status: 307, body: body.replace('Moved Permanently', 'Temporary Redirect') };
}

const asked: [path: string, headers?: Record<string, string>, method?: string][] = [
  ['/'],
  ['/api'],
  ['/apis/apps/'],
  ['/api/kubernetes'],
  ['/api/v1/namespaces/default'],
  ['/api/v1/namespaces?limit=1&labelSelector=a%3Db'],
  ['/api/v1/namespaces/%64efault/configmaps/nosuch'],
  ['/api/v1/namespaces/default/configmaps/nosuch', {}, 'DELETE'],
  ['/version', { authorization: 'Bearer nobody' }],
  ['/api', { host: 'evil.example' }],
  ['/api/v1/namespaces/default/pods/x/exec'],
  ['/api/../apis'],
  ['//api'],
  ['/static'],
  ['/static/'],
  ['/static/a.txt'],
  ['/static/sub'],
  ['/static/sub/'],
  ['/static/sub/index.html'],
  ['/static/nosuch'],
];

test('answers are those of kubectl proxy', { skip }, async () => {
  const words = ['--port=0', `--www=${join(folder, 'www')}`];
  await using ours = await startOurs(...words);
  await using theirs = await startTheirs(...words);
  for (const one of asked)
    assert.deepEqual(await ask(ours.address, ...one), renewed(await ask(theirs.address, ...one)), one[0]);
});

test('a prefix, a filter and a socket that only the user can reach', { skip }, async () => {
  const socket = join(folder, 'proxy.sock');
  await using ours = await startOurs('-u', socket, '--api-prefix=/custom', '--reject-methods=^P');
  assert.equal(ours.address, socket);
  assert.equal((await stat(socket)).mode & 0o777, 0o700);
  assert.equal((await ask(socket, '/custom/api/v1/namespaces/default')).status, 200);
  assert.equal((await ask(socket, '/api/v1/namespaces/default')).status, 404);
  assert.equal((await ask(socket, '/custom/api', {}, 'POST')).status, 403);
});

test('watches pass, as a stream and over a WebSocket', { skip }, async () => {
  await using ours = await startOurs('--port=0');
  const path = '/api/v1/namespaces/default/configmaps?watch=1';
  // Who opens a WebSocket without telling from where is refused by upstream's library.
  const socket = new WebSocket(`ws://${ours.address}${path}`, { origin: `http://${ours.address}` });
  const first = new Promise<string>((resolve, reject) => {
    socket.once('message', data => resolve(String(data)));
    socket.once('error', reject);
  });
  await new Promise(resolve => socket.once('open', resolve));
  const streamed = await fetch(`http://${ours.address}${path}`);
  const reader = streamed.body!.getReader();
  await cluster.client.create(configMaps, { metadata: { namespace: 'default', name: 'seen' } });
  const { value } = await reader.read();
  for (const text of [new TextDecoder().decode(value), await first]) {
    const { type, object } = JSON.parse(text);
    assert.deepEqual([type, object.metadata.name], ['ADDED', 'seen']);
  }
  await reader.cancel();
  socket.close();
  await new Promise(resolve => socket.once('close', resolve));
});

test('words that do not go together are refused', { skip }, async () => {
  const io = new MemoryIo(systemClock, systemRandom()).file('config', await cluster.kubeconfig());
  const words = ['--kubeconfig', 'config', 'proxy', '-p', '0', '-u', '/x'];
  assert.equal(await runCli(words, { io, connect: nodeConnect }), 1);
  assert.equal(io.errors, 'error: cannot set --unix-socket and --port at the same time\n');
});
