import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { clusterRoleBindings, clusterRoles, serviceAccounts } from '#api/generated/refs.ts';
import { createPki, type PemFiles } from '#apiserver/pki/pki.ts';
import { silentLog } from '#base/log.ts';
import { DelegatedAccess } from '#main/delegated-access.ts';
import { wallClock } from '#test/engine.ts';
import { KubeletBed } from '#test/kubelet.ts';
import { type KubeletServer, startKubeletServer } from './kubelet-server.ts';

describe("the node's own server", { timeout: 60_000 }, () => {
  let bed: KubeletBed;
  let server: KubeletServer;
  let pki: PemFiles;

  before(async () => {
    bed = await KubeletBed.start({ runtime: { images: ['app:1'] } });
    pki = createPki({ clock: wallClock, nodeName: 'node-1', nodeIps: ['127.0.0.1'], serviceIp: '10.96.0.1' });
    const { client } = bed.cluster;
    const { clock } = bed;
    const access = new DelegatedAccess({
      clock,
      authentication: client,
      authorization: client,
      openPaths: [],
    });
    server = await startKubeletServer({
      kubelet: bed.kubelet,
      host: '127.0.0.1',
      port: 0,
      tls: { cert: pki['kubelet.crt']!, key: pki['kubelet.key']!, clientCa: pki['ca.crt']! },
      access: {
        caller: token => access.caller(token),
        allows: (caller, attributes) =>
          access.may(caller, { resourceAttributes: { resource: 'nodes', name: 'node-1', ...attributes } }),
      },
      clock: wallClock,
      log: silentLog,
    });
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await bed[Symbol.asyncDispose]();
  });

  function ask(path: string, options: object = admin()): Promise<{ status: number; text: string }> {
    const where = { host: '127.0.0.1', port: server.port, path, ca: pki['ca.crt'], agent: false as const };
    return new Promise((resolve, reject) => {
      get({ ...where, ...options }, async response => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode!, text });
      }).on('error', reject);
    });
  }

  const admin = () => ({
    cert: pki['apiserver-kubelet-client.crt'],
    key: pki['apiserver-kubelet-client.key'],
  });

  /** The credentials of a new account that may get one subresource of nodes. */
  async function holder(subresource: string) {
    const { client } = bed.cluster;
    await client.create(serviceAccounts, { metadata: { namespace: 'default', name: subresource } });
    const rules = [{ apiGroups: [''], resources: [`nodes/${subresource}`], verbs: ['get'] }];
    await client.create(clusterRoles, { metadata: { name: subresource }, rules });
    await client.create(clusterRoleBindings, {
      metadata: { name: subresource },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: subresource },
      subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: subresource }],
    });
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const answer = await client.createSubresource(serviceAccounts, 'default', subresource, 'token', request);
    const { token } = (answer as { status: { token: string } }).status;
    return { headers: { authorization: `Bearer ${token}` } };
  }

  test('knows nobody without a certificate or a token of the cluster', async () => {
    const nobody = { cert: undefined, key: undefined };
    assert.deepEqual(await ask('/healthz', nobody), { status: 401, text: 'Unauthorized' });
    const headers = { authorization: 'Bearer nonsense' };
    assert.equal((await ask('/metrics', { headers })).status, 401);
  });

  test('lets the holder of a token read what the API server lets them', async () => {
    const metrics = await holder('metrics');
    assert.equal((await ask('/metrics/resource', metrics)).status, 200);
    const refused = await ask('/pods', metrics);
    assert.deepEqual(refused, {
      status: 403,
      text: 'Forbidden (user=system:serviceaccount:default:metrics, verb=get, resource=nodes, subresource(s)=[pods proxy])',
    });
    const configz = await holder('configz');
    assert.equal((await ask('/configz', configz)).status, 200);
    assert.equal((await ask('/healthz', configz)).status, 403);
    const proxy = await holder('proxy');
    assert.deepEqual(await ask('/healthz', proxy), { status: 200, text: 'ok' });
    assert.equal((await ask('/logs/', proxy)).status, 403);
  });

  test('reads long addresses, as those of long commands are', async () => {
    const path = `/healthz?command=${'a'.repeat(100_000)}`;
    assert.deepEqual(await ask(path), { status: 200, text: 'ok' });
  });

  test('tells what runs', async () => {
    await bed.create('web', {
      containers: [{ name: 'main', image: 'app:1', readinessProbe: { exec: { command: ['true'] } } }],
    });
    assert.ok(await bed.until(bed.isReady('web')));
    const { text } = await ask('/metrics');
    assert.match(text, /^kubelet_node_name\{node="node-1"\} 1$/m);
    assert.match(text, /^kubelet_running_pods 1$/m);
    assert.match(text, /^kubelet_running_containers\{container_state="running"\} 1$/m);
    const probes = (await ask('/metrics/probes')).text;
    assert.match(
      probes,
      /^prober_probe_total\{container="main",.*probe_type="Readiness",result="successful"\} 1$/m,
    );
    const pods = JSON.parse((await ask('/runningpods/')).text) as { items: { metadata: { name: string } }[] };
    assert.deepEqual(
      pods.items.map(({ metadata }) => metadata.name),
      ['web'],
    );
    assert.equal(JSON.parse((await ask('/configz')).text).kubeletconfig.clusterDomain, 'cluster.local');
    assert.equal((await ask('/nothing')).status, 404);
  });

  test('tells what containers, pods and the node use, under every stable name', async () => {
    const { text } = await ask('/metrics/resource');
    const container = 'container="main",namespace="default",pod="web"';
    const pod = 'namespace="default",pod="web"';
    const labels: Readonly<Record<string, string>> = {
      container_cpu_usage_seconds_total: container,
      container_memory_working_set_bytes: container,
      container_start_time_seconds: container,
      node_cpu_usage_seconds_total: '',
      node_memory_working_set_bytes: '',
      pod_cpu_usage_seconds_total: pod,
      pod_memory_working_set_bytes: pod,
      resource_scrape_error: '',
    };
    const told = [...text.matchAll(/^# HELP (\w+) \[STABLE\] /gm)].map(([, name]) => name!);
    assert.deepEqual(told.sort(), Object.keys(labels));
    for (const [name, its] of Object.entries(labels)) {
      const [, shown] = new RegExp(`^${name}(?:\\{(.*)\\})? [\\d.e+-]+`, 'm').exec(text) ?? assert.fail(name);
      assert.equal(shown ?? '', its, name);
    }
    assert.match(text, /^resource_scrape_error 0$/m);
  });

  test('sums up the node', async () => {
    const { node } = JSON.parse((await ask('/stats/summary')).text);
    assert.equal(node.nodeName, 'node-1');
    assert.equal(node.startTime, '1970-01-01T00:00:00Z', 'when the machine was booted');
    const { time, ...memory } = node.memory;
    assert.deepEqual(memory, {
      availableBytes: 4 * 2 ** 30,
      usageBytes: 6 * 2 ** 30,
      workingSetBytes: 4 * 2 ** 30,
      rssBytes: 3 * 2 ** 30,
      pageFaults: 2,
      majorPageFaults: 1,
    });
    const eth0 = { name: 'eth0', rxBytes: 1, rxErrors: 0, txBytes: 2, txErrors: 0 };
    assert.deepEqual(node.network, { time, ...eth0, interfaces: [eth0] });
    assert.deepEqual([node.fs.inodes, node.fs.inodesFree, node.fs.inodesUsed], [1_000, 900, 100]);
    assert.deepEqual(node.rlimit, { time, maxpid: 32_768, curproc: 10 });
    assert.deepEqual(node.swap, { time, swapAvailableBytes: 0, swapUsageBytes: 0 });
  });

  test('says why there is no command to run: to WebSockets of v5 as the end of its streams, to others as a status', async () => {
    await bed.create('waiting', {
      containers: [{ name: 'main', image: 'none:1', imagePullPolicy: 'Never' }],
    });
    const isWaiting = async () => (await bed.containerStatus('waiting'))?.state?.waiting !== undefined;
    assert.ok(await bed.until(isWaiting));
    for (const [path, code, why] of [
      ['/exec/default/waiting/main?command=ls&output=1', 500, 'container not found ("main")'],
      ['/attach/default/waiting/main?output=1', 500, 'container not found ("main")'],
      ['/exec/default/none/main?command=ls&output=1', 404, 'pod does not exist'],
    ] as const) {
      const url = `wss://127.0.0.1:${server.port}${path}`;
      const socket = new WebSocket(url, ['v5.channel.k8s.io'], { ...admin(), ca: pki['ca.crt']! });
      const [message] = (await once(socket, 'message')) as [Buffer];
      await once(socket, 'close');
      assert.equal(message[0], 3);
      const told = JSON.parse(message.subarray(1).toString());
      assert.deepEqual([told.status, told.reason, told.code], ['Failure', 'InternalError', 500]);
      assert.equal(told.message, `Internal error occurred: unable to upgrade connection: ${why}`);
      const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
      // Clients take a text with a colon for YAML, and then for a status that says nothing.
      assert.equal((await ask(path, { ...admin(), headers })).text, `${why}\n`);
      const older = new WebSocket(url, ['v4.channel.k8s.io'], { ...admin(), ca: pki['ca.crt']! });
      const [error] = (await once(older, 'error')) as [Error];
      assert.equal(error.message, `Unexpected server response: ${code}`);
    }
  });

  test("shows the host's logs, and nothing beside them", async () => {
    const { fs } = bed.host;
    await fs.makeDirectory('/var/log/apt');
    await fs.writeFile('/var/log/boot.log', 'it boots\n');
    await fs.makeDirectory('/etc');
    await fs.writeFile('/etc/shadow', 'secret');
    await fs.symlink('/etc/shadow', '/var/log/shadow');
    const listing = await ask('/logs/');
    assert.equal(listing.status, 200);
    assert.match(listing.text, /<a href="apt\/">apt\/<\/a>\n<a href="boot.log">boot.log<\/a>/);
    assert.deepEqual(await ask('/logs/boot.log'), { status: 200, text: 'it boots\n' });
    for (const path of ['/logs/shadow', '/logs/..%2f..%2fetc%2fshadow', '/logs/none']) {
      assert.equal((await ask(path)).status, 404, path);
    }
  });
});
