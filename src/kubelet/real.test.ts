import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { WebSocket } from 'ws';
import { createPki, type PemFiles } from '#apiserver/pki/pki.ts';
import { configMaps, events as eventsRef, pods as podsRef, secrets } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { engineSkipReason, openTestEngine, type TestEngine, wallClock } from '#test/engine.ts';
import { framedDuplex } from '#test/framed-duplex.ts';
import { conditionOf } from '#test/kubelet.ts';
import { regardlessOfDisks } from './config/settings.ts';
import { NodeHost } from './host/node-host.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';
import { type KubeletServer, startKubeletServer } from './server/kubelet-server.ts';
import { SpdyConnection } from './streaming/spdy-connection.ts';
import type { Pod } from './types.ts';

const skip = await engineSkipReason();

describe('the kubelet on a real runtime', { skip, timeout: 600_000 }, () => {
  let engine: TestEngine;
  let cluster: Cluster;
  let kubelet: Kubelet;
  let server: KubeletServer;
  let pki: PemFiles;

  before(async () => {
    [engine, cluster] = await Promise.all([
      openTestEngine('klet', '10.77.5.0/24'),
      startCluster({ nodes: 0 }),
    ]);
    pki = createPki({ clock: wallClock, nodeName: 'real', nodeIps: ['127.0.0.1'], serviceIp: '10.96.0.1' });
    server = await startKubeletServer({
      host: '127.0.0.1',
      port: 0,
      tls: { cert: pki['kubelet.crt']!, key: pki['kubelet.key']!, clientCa: pki['ca.crt']! },
      clock: wallClock,
      log: silentLog,
    });
    await up();
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await kubelet?.[Symbol.asyncDispose]();
    await cluster?.stop();
    await engine?.close();
  });

  async function up(): Promise<void> {
    kubelet = createKubelet({
      client: cluster.controlPlane.clientOf('kubelet'),
      runtime: engine.engine.runtime,
      host: new NodeHost(engine.folder),
      clock: wallClock,
      random: new SeededRandom(1),
      log: silentLog,
      nodeName: 'real',
      rootDirectory: `${engine.folder}/kubelet`,
      cgroupRoot: engine.engine.layout.cgroupRoot,
      clusterDns: { servers: ['10.96.0.10'], domain: 'cluster.local' },
      kubeletPort: server.port,
      settings: regardlessOfDisks,
      mountImage: (image, directory) => engine.images.mount(image, directory),
    });
    await kubelet.start();
    server.attach(kubelet);
  }

  function create(name: string, spec: Partial<NonNullable<Pod['spec']>>): Promise<Pod> {
    return cluster.client.create(podsRef, {
      metadata: { name, namespace: 'default' },
      spec: {
        nodeName: 'real',
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 3,
        containers: [],
        ...spec,
      },
    });
  }

  function shell(script: string, more: object = {}) {
    return {
      name: 'main',
      image: engine.image,
      imagePullPolicy: 'Never',
      command: ['/bin/sh', '-c', script],
      ...more,
    };
  }

  function get(name: string): Promise<Pod | undefined> {
    return cluster.client.get(podsRef, 'default', name).catch(() => undefined);
  }

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (await condition()) return;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    assert.fail(`did not come true: ${what}`);
  }

  const ready = (name: string) =>
    until(`${name} is ready`, async () => conditionOf(await get(name), 'Ready') === 'True');

  async function remove(name: string): Promise<void> {
    await cluster.client.delete(podsRef, 'default', name, { gracePeriodSeconds: 1 });
    await until(`${name} is gone`, async () => (await get(name)) === undefined);
  }

  function clientTls() {
    return {
      host: '127.0.0.1',
      port: server.port,
      ca: pki['ca.crt'],
      cert: pki['apiserver-kubelet-client.crt'],
      key: pki['apiserver-kubelet-client.key'],
      agent: false as const,
    };
  }

  function fetchPath(path: string, options: object = clientTls()): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const request = https.request({ ...options, path }, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, text }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  }

  function openSocket(path: string, protocol: string): Promise<WebSocket> {
    const socket = new WebSocket(
      `wss://127.0.0.1:${server.port}${path}`,
      protocol ? [protocol] : [],
      clientTls(),
    );
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(socket));
      socket.on('error', reject);
    });
  }

  /** kubectl's tunnel has a name that the library's client does not let through: the handshake is made by hand. */
  function openTunnel(path: string): Promise<Duplex> {
    const request = https.request({
      ...clientTls(),
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
        'Sec-WebSocket-Protocol': 'SPDY/3.1+portforward.k8s.io',
      },
    });
    return new Promise((resolve, reject) => {
      request.on('error', reject);
      request.on('response', response => reject(new Error(`answered ${response.statusCode}`)));
      request.on('upgrade', (response, socket, head) => {
        assert.equal(response.headers['sec-websocket-protocol'], 'SPDY/3.1+portforward.k8s.io');
        if (head.length > 0) socket.unshift(head);
        resolve(framedDuplex(socket));
      });
      request.end();
    });
  }

  /** Collects what comes on each channel until the socket closes. */
  async function channels(socket: WebSocket, send: (socket: WebSocket) => void): Promise<string[]> {
    const texts = ['', '', '', '', ''];
    socket.on('message', (message: Buffer) => {
      texts[message[0]!] += message.subarray(1).toString();
    });
    const closed = new Promise(resolve => socket.on('close', resolve));
    send(socket);
    await closed;
    return texts;
  }

  /** The same in text: a digit before base64. */
  async function base64Channels(socket: WebSocket, send: (socket: WebSocket) => void): Promise<string[]> {
    const texts = ['', '', '', '', ''];
    socket.on('message', (message: Buffer, isBinary: boolean) => {
      assert.ok(!isBinary);
      texts[Number(String.fromCharCode(message[0]!))] += atob(message.toString('latin1', 1));
    });
    const closed = new Promise(resolve => socket.on('close', resolve));
    send(socket);
    await closed;
    return texts;
  }

  const pageRequest = 'GET /index.html HTTP/1.0\r\n\r\n';

  const onChannel = (number: number, text: string) =>
    Buffer.concat([Buffer.from([number]), Buffer.from(text)]);

  test('runs a pod with init container, volumes, environment and probes, and adopts it after a restart', async () => {
    const { client } = cluster;
    await client.create(configMaps, {
      metadata: { name: 'cm', namespace: 'default' },
      data: { a: 'one', b: 'two' },
    });
    await client.create(secrets, {
      metadata: { name: 'sec', namespace: 'default' },
      data: { k: btoa('hush') },
    });
    const script =
      'cd /; /bin/busybox cat /data/x /cfg/a; echo; /bin/busybox cat /sec/k; echo; echo $GREETING $NODE; ' +
      '/bin/busybox mkdir -p /www; echo hello > /www/index.html; /bin/busybox httpd -p 8080 -h /www; ' +
      'trap "exit 0" TERM; while true; do /bin/busybox sleep 0.1; done';
    await create('web', {
      initContainers: [
        {
          ...shell('echo from-init > /data/x'),
          name: 'init',
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      containers: [
        shell(script, {
          env: [
            { name: 'CM', valueFrom: { configMapKeyRef: { name: 'cm', key: 'b' } } },
            { name: 'GREETING', value: 'hi-$(CM)' },
            { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          ],
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/index.html', port: 'http' }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['/bin/busybox', 'true'] }, periodSeconds: 1 },
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'cfg', mountPath: '/cfg' },
            { name: 'sec', mountPath: '/sec' },
          ],
        }),
      ],
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'cfg', configMap: { name: 'cm' } },
        { name: 'sec', secret: { secretName: 'sec' } },
      ],
    });
    await ready('web');
    const first = (await get('web'))!.status!.containerStatuses![0]!;
    const log = await fetchPath('/containerLogs/default/web/main');
    assert.deepEqual(log, { status: 200, text: 'from-init\none\nhush\nhi-two real\n' });
    await kubelet[Symbol.asyncDispose]();
    await up();
    await client.patch(configMaps, 'default', 'cm', 'merge', { data: { a: 'changed' } });
    const inside = async () => {
      const [run] = await engine.engine.runtime.listContainers({ id: first.containerID!.split('//')[1]! });
      const { stdout } = await engine.engine.runtime.execSync(run!.id, ['/bin/busybox', 'cat', '/cfg/a'], 5);
      return Buffer.from(stdout).toString();
    };
    await until('the volume follows its ConfigMap', async () => (await inside()) === 'changed');
    const adopted = (await get('web'))!;
    assert.equal(adopted.status!.containerStatuses![0]!.containerID, first.containerID);
    assert.equal(adopted.status!.containerStatuses![0]!.restartCount, 0);
    assert.equal(conditionOf(adopted, 'Ready'), 'True');
  });

  test('carries exec over WebSocket v5: output, errors, exit code, and the end of stdin alone', async () => {
    const query = new URLSearchParams([
      ['command', '/bin/sh'],
      ['command', '-c'],
      ['command', '/bin/busybox cat; echo err >&2; exit 7'],
      ['input', '1'],
      ['output', '1'],
      ['error', '1'],
    ]);
    const socket = await openSocket(`/exec/default/web/main?${query}`, 'v5.channel.k8s.io');
    const texts = await channels(socket, ws => {
      ws.send(onChannel(0, 'typed\n'));
      ws.send(Buffer.from([255, 0]));
    });
    assert.equal(texts[1], 'typed\n');
    assert.equal(texts[2], 'err\n');
    const status = JSON.parse(texts[3]!);
    assert.equal(status.reason, 'NonZeroExitCode');
    assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7' }]);
  });

  test('carries a terminal and its size over WebSocket v4', async () => {
    // A terminal has no size until it is told one.
    const script =
      'until size=$(/bin/busybox stty size 2>/dev/null); [ "$size" ]; do /bin/busybox sleep 0.1; done; echo $size';
    const query = `command=/bin/sh&command=-c&command=${encodeURIComponent(script)}&input=1&output=1&tty=1`;
    const socket = await openSocket(`/exec/default/web/main?${query}`, 'v4.channel.k8s.io');
    const texts = await channels(socket, ws => ws.send(onChannel(4, '{"Width":97,"Height":31}')));
    assert.equal(texts[1], '31 97\r\n');
    assert.equal(JSON.parse(texts[3]!).status, 'Success');
  });

  test('speaks the other protocols of WebSockets, and takes text on channels of bytes', async () => {
    const script = 'read word; echo got $word; exit 3';
    const query = `command=/bin/sh&command=-c&command=${encodeURIComponent(script)}&input=1&output=1`;
    for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io', '']) {
      const socket = await openSocket(`/exec/default/web/main?${query}`, protocol);
      assert.equal(socket.protocol, protocol);
      const texts = await channels(socket, ws => ws.send('\0typed\n'));
      assert.equal(texts[1], 'got typed\n', protocol);
      if (protocol.startsWith('v')) assert.equal(JSON.parse(texts[3]!).reason, 'NonZeroExitCode');
      else assert.match(texts[3]!, /^command terminated with non-zero exit code/);
    }
    for (const protocol of ['v4.base64.channel.k8s.io', 'base64.channel.k8s.io']) {
      const socket = await openSocket(`/exec/default/web/main?${query}`, protocol);
      const texts = await base64Channels(socket, ws => {
        ws.send('0no base64!');
        ws.send(`0${btoa('typed\n')}`);
      });
      assert.equal(texts[1], 'got typed\n', protocol);
    }
    const forward = await openSocket('/portForward/default/web?port=8080', 'v4.base64.channel.k8s.io');
    const page = await base64Channels(forward, ws => ws.send(`0${btoa(pageRequest)}`));
    assert.match(page[0]!, /200 OK[\s\S]*hello\n$/);
    await assert.rejects(openSocket(`/exec/default/web/main?${query}`, 'v6.channel.k8s.io'), /403/);
  });

  test('passes SPDY exec on to the runtime as it is', async () => {
    const socket = tls.connect(clientTls());
    socket.write(
      'POST /exec/default/web/main?command=/bin/busybox&command=echo&command=spdy&output=1 HTTP/1.1\r\nHost: node\r\n' +
        'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n',
    );
    const head = await new Promise<string>(resolve => {
      let text = '';
      const onData = (chunk: Buffer) => {
        text += chunk.toString('latin1');
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', onData);
        socket.pause();
        const rest = Buffer.from(text.slice(end + 4), 'latin1');
        if (rest.length > 0) socket.unshift(rest);
        resolve(text.slice(0, end));
      };
      socket.on('data', onData);
    });
    assert.match(head, /^HTTP\/1\.1 101 /);
    const connection = new SpdyConnection(socket, 'client');
    const error = await connection.open({ streamType: 'error' });
    const stdout = await connection.open({ streamType: 'stdout' });
    error.on('error', () => {});
    assert.equal((await stdout.toArray()).join(''), 'spdy\n');
    connection.close();
  });

  test('forwards a port over WebSocket channels', async () => {
    const socket = await openSocket('/portForward/default/web?port=8080', 'v4.channel.k8s.io');
    const texts = await channels(socket, ws => ws.send(onChannel(0, pageRequest)));
    assert.match(texts[0]!, /200 OK[\s\S]*hello\n$/);
  });

  test('forwards a port over SPDY in a WebSocket, as kubectl does', async () => {
    const connection = new SpdyConnection(await openTunnel('/portForward/default/web?port=8080'), 'client');
    const headers = { port: '8080', requestID: '0' };
    const error = await connection.open({ streamType: 'error', ...headers });
    error.on('error', () => {});
    error.end();
    const data = await connection.open({ streamType: 'data', ...headers });
    data.write(pageRequest);
    assert.match((await data.toArray()).join(''), /200 OK[\s\S]*hello\n$/);
    connection.close();
  });

  test('follows a log from its tail, and has the previous run after a restart', async () => {
    await create('talk', {
      containers: [shell('echo one; echo two; echo three; /bin/busybox sleep 0.5; echo four; exit 1')],
    });
    await until('it was restarted', async () => {
      const status = (await get('talk'))?.status?.containerStatuses?.[0];
      return (status?.restartCount ?? 0) >= 1 && status?.state?.waiting?.reason === 'CrashLoopBackOff';
    });
    const { text } = await fetchPath('/containerLogs/default/talk/main?follow=true&tailLines=2');
    assert.equal(text, 'three\nfour\n');
    const previous = await fetchPath('/containerLogs/default/talk/main?previous=true&limitBytes=5');
    assert.equal(previous.text, 'one\nt');
    const stamped = await fetchPath('/containerLogs/default/talk/main?timestamps=true&tailLines=1');
    assert.match(stamped.text, /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) four\n$/);
    await remove('talk');
  });

  test('tells the last words of a container that failed', async () => {
    await create('bad', {
      restartPolicy: 'Never',
      containers: [shell('echo oops; exit 4', { terminationMessagePolicy: 'FallbackToLogsOnError' })],
    });
    await until('it failed', async () => (await get('bad'))?.status?.phase === 'Failed');
    const { terminated } = (await get('bad'))!.status!.containerStatuses![0]!.state!;
    assert.equal(terminated!.exitCode, 4);
    assert.equal(terminated!.message, 'oops\n');
    const none = await fetchPath('/containerLogs/default/bad/main?previous=true');
    assert.deepEqual(none, {
      status: 400,
      text: 'previous terminated container "main" in pod "bad" not found',
    });
    await remove('bad');
  });

  test('tells of a container that cannot start as one that started with the epoch', async () => {
    await create('unable', { restartPolicy: 'Never', containers: [shell('', { command: ['/none'] })] });
    await until('it failed', async () => (await get('unable'))?.status?.phase === 'Failed');
    const { terminated } = (await get('unable'))!.status!.containerStatuses![0]!.state!;
    assert.deepEqual([terminated!.reason, terminated!.exitCode], ['StartError', 128]);
    assert.equal(terminated!.startedAt, '1970-01-01T00:00:00Z');
    await remove('unable');
  });

  test('keeps what the API fills from being written, and lets any user write below a volume', async () => {
    await cluster.client.create(configMaps, {
      metadata: { name: 'fixed', namespace: 'default' },
      data: { a: 'one' },
    });
    const script = 'echo x > /cfg/a || echo refused; echo mine > /deep/file && /bin/busybox cat /deep/file';
    await create('writes', {
      restartPolicy: 'Never',
      containers: [
        shell(script, {
          securityContext: { runAsUser: 1000 },
          volumeMounts: [
            { name: 'cfg', mountPath: '/cfg' },
            { name: 'data', mountPath: '/deep', subPath: 'a/b' },
          ],
        }),
      ],
      volumes: [
        { name: 'cfg', configMap: { name: 'fixed', defaultMode: 0o666 } },
        { name: 'data', emptyDir: {} },
      ],
    });
    await until('it has ended', async () => (await get('writes'))?.status?.phase === 'Succeeded');
    const { text } = await fetchPath('/containerLogs/default/writes/main');
    // Output and errors come by pipes of their own.
    assert.match(text, /can't create \/cfg\/a: Read-only file system\n/);
    assert.match(text, /refused\n(.*\n)?mine\n/);
    await remove('writes');
  });

  test('resizes a running container, and shows its processes to one that asks for them', async () => {
    const sized = (memory: string) => ({ resources: { requests: { memory }, limits: { memory } } });
    await create('size', { containers: [shell('/bin/busybox sleep 1000', sized('64Mi'))] });
    await ready('size');
    const first = (await get('size'))!.status!.containerStatuses![0]!;
    const limit = async () => {
      const files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];
      const { stdout } = await engine.engine.runtime.execSync(
        first.containerID!.split('//')[1]!,
        ['/bin/busybox', 'cat', ...files],
        5,
      );
      return Number(Buffer.from(stdout).toString());
    };
    assert.equal(await limit(), 64 * 2 ** 20);
    const change = (spec: object, subresource: string) =>
      cluster.client.patch(podsRef, 'default', 'size', 'strategic', { spec }, { subresource });
    await change({ containers: [{ name: 'main', ...sized('96Mi') }] }, 'resize');
    await until('it has more', async () => {
      const status = (await get('size'))!.status!.containerStatuses![0]!;
      return status.resources?.limits?.memory === '96Mi';
    });
    assert.equal(await limit(), 96 * 2 ** 20);
    assert.equal((await get('size'))!.status!.containerStatuses![0]!.containerID, first.containerID);
    const debug = {
      ...shell('/bin/busybox cat /proc/1/cmdline'),
      name: 'debug',
      targetContainerName: 'main',
    };
    await change({ ephemeralContainers: [debug] }, 'ephemeralcontainers');
    await until('it has looked', async () => {
      const [status] = (await get('size'))!.status!.ephemeralContainerStatuses ?? [];
      return status?.state?.terminated !== undefined;
    });
    const { text } = await fetchPath('/containerLogs/default/size/debug');
    assert.match(text, /sleep\0?1000/);
    await remove('size');
  });

  test('evicts a pod whose volume grows beyond its limit', async () => {
    await create('fat', {
      containers: [
        shell('/bin/busybox dd if=/dev/zero of=/data/x bs=1M count=4; /bin/busybox sleep 1000', {
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        }),
      ],
      volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }],
    });
    await until('it is evicted', async () => (await get('fat'))?.status?.phase === 'Failed');
    const { reason, message } = (await get('fat'))!.status!;
    assert.deepEqual(
      [reason, message],
      ['Evicted', 'Usage of EmptyDir volume "data" exceeds the limit "1Mi". '],
    );
    await remove('fat');
  });

  test('keeps a container that must not run as root from starting', async () => {
    await create('root', { containers: [shell('exit 0', { securityContext: { runAsNonRoot: true } })] });
    const waiting = async () => (await get('root'))?.status?.containerStatuses?.[0]?.state?.waiting;
    await until('it waits', async () => (await waiting())?.reason === 'CreateContainerConfigError');
    assert.match((await waiting())!.message!, /^container has runAsNonRoot and image will run as root/);
    await remove('root');
  });

  test('serves figures, and nobody without a certificate of the cluster', async () => {
    const { host, port, ca, agent } = clientTls();
    assert.equal((await fetchPath('/pods', { host, port, ca, agent })).status, 401);
    assert.equal((await fetchPath('/healthz')).text, 'ok');
    const stranger = { ...clientTls(), cert: pki['kube-proxy.crt'], key: pki['kube-proxy.key'] };
    assert.equal((await fetchPath('/pods', stranger)).status, 403);
    const summary = JSON.parse((await fetchPath('/stats/summary')).text);
    assert.equal(summary.pods[0].podRef.name, 'web');
    assert.ok(summary.pods[0].containers[0].memory.workingSetBytes > 0);
    assert.match(
      (await fetchPath('/metrics/resource')).text,
      /container_cpu_usage_seconds_total\{container="main"/,
    );
    assert.match(
      (await fetchPath('/metrics/cadvisor')).text,
      /container_memory_working_set_bytes\{container="main",image=".+",name="[0-9a-f]{64}",namespace="default"/,
    );
  });

  test('leaves nothing of a pod that was deleted, and has told what it did', async () => {
    await remove('web');
    await until('the runtime is empty', async () => {
      const { runtime } = engine.engine;
      return (await runtime.listContainers()).length + (await runtime.listSandboxes()).length === 0;
    });
    const host = new NodeHost(engine.folder);
    await until('the files are gone', async () => {
      const folders = ['pods', 'log/pods'].map(name => host.fs.list(`${engine.folder}/kubelet/${name}`));
      return (await Promise.all(folders)).flat().length === 0;
    });
    // The kubelet does not wait until its events are written.
    for (const text of [
      'Created: Container created',
      'Started: Container started',
      'Killing: Stopping container main',
    ]) {
      await until(text, async () => {
        const { items } = await cluster.client.list(eventsRef, 'default');
        return items.some(e => e.involvedObject?.name === 'web' && `${e.reason}: ${e.message}` === text);
      });
    }
  });

  test('shows the files of an image as a volume, to be read only', async () => {
    const same = '/bin/busybox cmp /all/bin/sh /bin/sh && /bin/busybox cmp /one /bin/sh';
    const name = 'files';
    const volumeMounts = [
      { name, mountPath: '/all' },
      { name, mountPath: '/one', subPath: 'bin/sh' },
    ];
    await create(name, {
      restartPolicy: 'Never',
      volumes: [{ name, image: { reference: engine.image, pullPolicy: 'Never' } }],
      containers: [shell(`${same} && ! echo > /all/new`, { volumeMounts })],
    });
    await until('the files were seen', async () => (await get(name))?.status?.phase === 'Succeeded');
    await remove(name);
  });
});
