import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { configMaps } from '#api/generated/refs.ts';
import { eventually, type Outcome, root, run, skipReason, succeeded, TestCluster } from './harness.ts';

/** Whatever goes wrong with a start: one clear line, exit code 1, and nothing is lost. No real node is needed. */

const linux = process.platform === 'linux' ? false : 'needs Linux';
const asRoot = process.getuid?.() === 0 ? linux : 'needs root';
let cluster: TestCluster;

before(async () => {
  cluster = await TestCluster.create('mistakes');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const head = 'apiVersion: coxswain.dev/v1alpha1\nkind: Cluster\n';
const hollow = ['up', '--detach', '--hollow-nodes', '1'];

/** It failed, and said why in one line. */
function refused({ code, stdout, stderr }: Outcome, pattern: RegExp): void {
  assert.equal(code, 1, `${stdout}${stderr}`);
  assert.match(stderr, pattern);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
}

async function keep(name: string): Promise<void> {
  using client = await cluster.client();
  await client.create(configMaps, { metadata: { name, namespace: 'default' }, data: { kept: 'yes' } });
}

async function isKept(name: string): Promise<void> {
  using client = await cluster.client();
  assert.deepEqual((await client.get(configMaps, 'default', name)).data, { kept: 'yes' });
}

test('a name or a flag that is no good', async () => {
  const words = [
    [['status', '--name', 'Bad_Name'], /^error: "Bad_Name" is no name for a cluster/],
    [['up', '--port', '70000'], /^error: port must be a number from 0 to 65535, not 70000$/m],
    [['up', '--hollow-nodes', '-1'], /^error: hollow-nodes must be a number from 0 to 5000, not -1$/m],
    [
      ['up', '--log-level', 'loud'],
      /^error: log-level must be one of debug, info, warn, error, not "loud"$/m,
    ],
  ] as const;
  for (const [command, pattern] of words) {
    const args = [join(root, 'src/main/bin.ts'), ...command];
    refused(await run(process.execPath, args, { env: cluster.env }), pattern);
  }
  assert.equal(existsSync(cluster.dataDir), false);
});

test('a configuration file that is missing, is no YAML or has fields that are not', async () => {
  const file = join(cluster.folder, 'config.yaml');
  const up = () => cluster.coxswain(['up', '--detach', '--config', file]);
  refused(await up(), /^error: cannot read the configuration .*config\.yaml: ENOENT/);
  for (const [text, pattern] of [
    ['port: [', /^error: cannot read the configuration .*config\.yaml: .*yaml: line 1: /],
    [
      '- port',
      /^error: .*config\.yaml: <nil>: Invalid value: \["port"\]: must be a mapping of apiVersion, kind, /,
    ],
    ['name: old', /^error: .*config\.yaml: \[apiVersion: Required value, kind: Required value\]$/m],
    [`${head}prot: 1`, /^error: .*config\.yaml: unknown field "prot": did you mean "port"\?$/m],
    [`${head}port: high`, /^error: .*config\.yaml: port: Invalid value: "high": must be a whole number$/m],
  ] as const) {
    await writeFile(file, text);
    refused(await up(), pattern);
  }
  assert.equal(existsSync(cluster.dataDir), false);
});

test('an extension or a manifest that is no good: nothing is started', async () => {
  const file = join(cluster.folder, 'config.yaml');
  const up = async (...flags: string[]) =>
    cluster.coxswain(['up', '--hollow-nodes', '1', '--port', '0', '--config', file, ...flags]);
  await writeFile(join(cluster.folder, 'broken.ts'), 'export default {;');
  await writeFile(file, `${head}extensions: [{ module: ./broken.ts }]`);
  refused(await up(), /^error: extension \.\/broken\.ts: SyntaxError: .*\(broken\.ts:1\)$/m);
  refused(await up('--detach'), /^error: extension \.\/broken\.ts: SyntaxError: .*\(broken\.ts:1\)$/m);
  await writeFile(file, `${head}manifests: [gone.yaml]`);
  refused(await up(), /^error: the path ".*gone\.yaml" does not exist$/m);
  assert.equal(existsSync(join(cluster.dataDir, 'cluster.json')), false);
  await rm(cluster.dataDir, { recursive: true, force: true });
});

test('commands for a cluster that is not there', async () => {
  const status = await cluster.coxswain(['status']);
  assert.equal(status.code, 3);
  assert.match(status.stdout, /^There is no cluster mistakes-/);
  refused(await cluster.coxswain(['kubeconfig']), /^error: there is no cluster mistakes-/);
  refused(
    await cluster.coxswain(['image', 'ls']),
    /^error: cluster mistakes-\S+ has no container engine running/,
  );
  assert.match(succeeded(await cluster.coxswain(['down'])), /^There is no cluster mistakes-/);
});

test('a port in use: the cluster stays down, and comes up on another', async () => {
  const taken = createServer();
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  try {
    refused(
      await cluster.coxswain([...hollow, '--port', String(port)]),
      new RegExp(`^error: port ${port} of 127\\.0\\.0\\.1 is in use: choose another with --port`),
    );
  } finally {
    taken.close();
  }
  succeeded(await cluster.coxswain([...hollow, '--port', '0']));
  await keep('first');
});

test('a second start of the same name changes nothing', async () => {
  const { pid } = await cluster.server();
  const again = await cluster.coxswain([...hollow, '--port', '0']);
  assert.match(succeeded(again), new RegExp(`is running already \\(process ${pid}\\), API at https://127`));
  assert.equal((await cluster.server()).pid, pid);
  await isKept('first');
});

test("another name for a cluster's data folder: nothing of it is adopted, stopped or removed", async () => {
  const pattern =
    /^error: \S+ is the data folder of cluster mistakes-\S+, not of other: choose that --name, or/;
  const where = ['--name', 'other', '--data-dir', cluster.dataDir];
  for (const command of [['up', '--detach'], ['status'], ['down', '--purge']]) {
    const args = [join(root, 'src/main/bin.ts'), ...command, ...where];
    refused(await run(process.execPath, args, { env: cluster.env }), pattern);
  }
  await isKept('first');
});

test('two starts of the same name at the same moment: one serves, the other says so', async () => {
  succeeded(await cluster.coxswain(['down']));
  const outcomes = await Promise.all([1, 2, 3].map(() => cluster.coxswain(hollow)));
  for (const outcome of outcomes) succeeded(outcome);
  await isKept('first');
  const { pid } = await cluster.server();
  // Those that lost may still be on their way out.
  await eventually(async () => {
    const running = await run('pgrep', ['-f', `bin.ts up .*--name ${cluster.name} `]);
    assert.deepEqual(running.stdout.trim().split('\n'), [String(pid)]);
  });
});

test('status, kubeconfig and image of a running cluster', async () => {
  const { port } = await cluster.server();
  const status = succeeded(await cluster.coxswain(['status']));
  assert.match(status, /1\/1 nodes ready/);
  assert.match(status, new RegExp(`https://127\\.0\\.0\\.1:${port}$`, 'm'));
  const config = join(cluster.folder, 'printed');
  await writeFile(config, succeeded(await cluster.coxswain(['kubeconfig'])));
  assert.match(
    succeeded(await cluster.kubectl(['get', 'nodes'], { env: { KUBECONFIG: config } })),
    / Ready /,
  );
  refused(
    await cluster.coxswain(['image', 'ls']),
    /^error: cluster mistakes-\S+ has no container engine running/,
  );
});

test('the kubeconfig gets a context and loses it again; others stay as they are', async () => {
  const context = `coxswain-${cluster.name}`;
  assert.equal((await cluster.ok('config', 'current-context')).trim(), context);
  await cluster.ok('config', 'set-cluster', 'other', '--server=https://192.0.2.9:6443');
  await cluster.ok('config', 'set-context', 'other', '--cluster=other', '--namespace=mine');
  succeeded(await cluster.coxswain(['down']));
  const contexts = await cluster.ok('config', 'get-contexts', '-o', 'name');
  assert.equal(contexts, 'other\n');
  assert.notEqual((await cluster.kubectl(['config', 'current-context'])).code, 0);
  succeeded(await cluster.coxswain(hollow));
  assert.deepEqual((await cluster.ok('config', 'get-contexts', '-o', 'name')).trim().split('\n').sort(), [
    context,
    'other',
  ]);
  assert.equal((await cluster.ok('config', 'current-context')).trim(), context);
  assert.match(
    await cluster.ok('config', 'view', '-o', 'jsonpath={.contexts[?(@.name=="other")].context}'),
    /mine/,
  );
});

test('a kubeconfig that is no YAML: the cluster says so and nothing is overwritten', async () => {
  succeeded(await cluster.coxswain(['down']));
  const broken = join(cluster.folder, 'broken');
  await writeFile(broken, 'contexts: [');
  refused(await cluster.coxswain(hollow, { env: { KUBECONFIG: broken } }), /broken/);
  assert.equal(await readFile(broken, 'utf8'), 'contexts: [');
  succeeded(await cluster.coxswain(hollow));
  await isKept('first');
});

test('a damaged database: the start refuses and leaves the file as it is', async () => {
  succeeded(await cluster.coxswain(['down']));
  const database = join(cluster.dataDir, 'state.db');
  const sound = await readFile(database);
  const damaged = Buffer.from(sound);
  damaged.fill('damage', 0, 8_192);
  await writeFile(database, damaged);
  const outcome = await cluster.coxswain(hollow);
  const after = await readFile(database);
  await writeFile(database, sound);
  refused(outcome, /^error: .*state\.db/);
  assert.ok(after.equals(damaged));
  succeeded(await cluster.coxswain(hollow));
  await isKept('first');
});

test('a file of the cluster that is damaged or gone: it says which, makes no other, and goes on with a copy', async () => {
  succeeded(await cluster.coxswain(['down']));
  for (const [name, content, said] of [
    ['cluster.json', '{}', 'is damaged: restore it from a copy, or remove'],
    ['state.db', undefined, 'is missing: put the data folder back from a copy, or remove the cluster with'],
    ['pki/ca.key', undefined, 'pki: ca.key is missing: put it back from a copy, or remove ca.crt as well'],
    ['encryption.json', 'x', 'encryption.json: <nil>: Invalid value: "x": must be a mapping of'],
  ] as const) {
    const file = join(cluster.dataDir, name);
    const sound = await readFile(file);
    await (content === undefined ? rm(file) : writeFile(file, content));
    const outcome = await cluster.coxswain(hollow);
    const after = await readFile(file, 'utf8').catch(() => undefined);
    await writeFile(file, sound);
    refused(
      outcome,
      new RegExp(`^error: (?!error)\\S*${said.replace(/[.<>]/g, '\\$&').replace(' ', '.* ?')}`),
    );
    assert.ok(after === content, `${name} was written`);
  }
  succeeded(await cluster.coxswain(hollow));
  await isKept('first');
});

test('a kernel feature or capability that is missing', { skip: await skipReason() }, async () => {
  const machine = await TestCluster.create('lacking');
  const up = [process.execPath, join(root, 'src/main/bin.ts'), 'up', '--detach', '--port', '0'];
  const where = ['--name', machine.name, '--data-dir', machine.dataDir];
  const unmounted = 'umount -R /sys/fs/cgroup && exec "$@"';
  const lacking = [
    [
      'unshare',
      ['--mount', 'sh', '-c', unmounted, 'sh'],
      /no cgroup hierarchy is mounted .*: mount cgroup2 there/,
    ],
    ['setpriv', ['--bounding-set=-net_admin'], /CAP_NET_ADMIN is missing, which pod networks need: give the/],
    ['setpriv', ['--bounding-set=-sys_admin'], /CAP_SYS_ADMIN is missing, which mounts need: give the/],
  ] as const;
  try {
    for (const [command, args, pattern] of lacking) {
      const { code, stderr } = await run(command, [...args, ...up, ...where], { env: machine.env });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^error: this machine cannot run containers yet:$/m);
      assert.match(stderr, pattern);
      assert.match(stderr, /^Or simulate nodes: coxswain up --hollow-nodes 1$/m);
    }
  } finally {
    await machine[Symbol.asyncDispose]();
  }
});

test('a full disk: what was acknowledged is there once there is space', { skip: asRoot }, async () => {
  const small = await TestCluster.create('full');
  await mkdir(small.dataDir);
  succeeded(await run('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', small.dataDir]));
  try {
    succeeded(await small.coxswain([...hollow, '--port', '0']));
    const kept: string[] = [];
    {
      using client = await small.client();
      const filler = 'x'.repeat(200_000);
      await assert.rejects(async () => {
        for (let i = 0; i < 100; i++) {
          const name = `filler-${i}`;
          await client.create(configMaps, { metadata: { name, namespace: 'default' }, data: { filler } });
          kept.push(name);
        }
      }, /full|space|disk/);
      assert.ok(kept.length > 2, String(kept.length));
      // Reads go on.
      assert.equal((await client.get(configMaps, 'default', kept[0]!)).metadata.name, kept[0]);
      assert.match(
        succeeded(await small.coxswain(['status'])),
        /^Disk {6}\d\.\d MiB left: writes are refused/m,
      );
    }
    succeeded(await run('mount', ['-o', 'remount,size=8m', small.dataDir]));
    const log = join(small.dataDir, 'server.log');
    await eventually(async () =>
      assert.match(await readFile(log, 'utf8'), /ERROR the store cannot write .*full/),
    );
    await eventually(
      async () => assert.match(await readFile(log, 'utf8'), /INFO {2}the store can write again/),
      120_000,
    );
    succeeded(await small.coxswain(['down']));
    await writeFile(join(small.dataDir, 'ballast'), Buffer.alloc(8 << 20)).catch(() => {});
    refused(await small.coxswain(hollow), /^error: .*(?:full|space)/);
    await rm(join(small.dataDir, 'ballast'));
    succeeded(await run('mount', ['-o', 'remount,size=64m', small.dataDir]));
    succeeded(await small.coxswain(hollow));
    using client = await small.client();
    const { items } = await client.list(configMaps, 'default');
    const names = new Set(items.map(item => item.metadata.name));
    assert.deepEqual(
      kept.filter(name => !names.has(name)),
      [],
    );
  } finally {
    await small.coxswain(['down']);
    succeeded(await run('umount', [small.dataDir]));
    await small[Symbol.asyncDispose]();
  }
});

test('a disk that fills up while the cluster starts: it says so and ends', { skip: asRoot }, async () => {
  const small = await TestCluster.create('tiny');
  await mkdir(small.dataDir);
  const program = [join(root, 'src/main/bin.ts'), 'up', '--hollow-nodes', '1', '--port', '0'];
  const where = ['--name', small.name, '--data-dir', small.dataDir];
  try {
    for (const size of ['100k', '300k']) {
      succeeded(await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small.dataDir]));
      const outcome = await run(process.execPath, [...program, ...where], { env: small.env });
      succeeded(await run('umount', [small.dataDir]));
      refused(outcome, /^error: the disk of .* is full: free some space, then start again$/m);
    }
  } finally {
    await small[Symbol.asyncDispose]();
  }
});

test('without root there are simulated nodes, and it says why', { skip: asRoot }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-e2e-nobody-'));
  await chmod(folder, 0o777);
  const asNobody = (...command: string[]) => {
    const where = ['--name', cluster.name, '--data-dir', join(folder, 'data')];
    const words = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
    return run('setpriv', [...words, join(root, 'src/main/bin.ts'), ...command, ...where], {
      env: { HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') },
    });
  };
  try {
    const started = succeeded(await asNobody('up', '--detach', '--port', '0'));
    assert.match(
      started,
      /^Real containers need root on Linux, and you are not root: the cluster gets one simulated node instead\.$/m,
    );
    assert.match(succeeded(await asNobody('status')), /1\/1 nodes ready/);
  } finally {
    const gone = await asNobody('down', '--purge');
    const left = existsSync(join(folder, 'data'));
    await rm(folder, { recursive: true, force: true });
    succeeded(gone);
    assert.equal(left, false);
  }
});
