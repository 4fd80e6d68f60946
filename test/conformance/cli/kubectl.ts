import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { upstreamTools } from '#test/kubectl.ts';
import { type Row, row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { image, pod, podsOf, readyPods, replicationController, runningPod } from '../workloads.ts';

const text = (value: unknown) => JSON.stringify(value);

async function runController(t: Trial, replicas: number): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ReplicationController', ...replicationController('rc', replicas) };
  await t.kubectl(['create', '-f', '-'], { stdin: text(body) });
  await readyPods(t, 'app=rc', replicas);
}

async function runPod(t: Trial): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Pod', ...pod('p', { name: 'p' }) };
  await t.kubectl(['create', '-f', '-'], { stdin: text(body) });
  await runningPod(t, 'p');
}

/** Starts kubectl proxy, and answers what GET /api there says. */
async function throughProxy(t: Trial, flags: readonly string[], socketPath?: string) {
  const { kubectl } = await upstreamTools();
  const child = spawn(kubectl, [...(await t.kubectlArguments()), 'proxy', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const port = /:(\d+)$/.exec(line)?.[1];
  const where = socketPath ? { socketPath, host: 'localhost' } : { host: '127.0.0.1', port };
  const body = await new Promise<string>((resolve, reject) => {
    const call = request({ ...where, path: '/api', agent: false }, response => {
      let all = '';
      response.setEncoding('utf8').on('data', chunk => {
        all += chunk;
      });
      response.on('end', () => resolve(all));
    });
    call.on('error', reject).end();
  });
  return JSON.parse(body) as { versions: string[] };
}

function has(output: string, ...patterns: RegExp[]): void {
  for (const pattern of patterns) assert.match(output, pattern);
}

const rows: readonly Row[] = [
  row('Kubectl client Kubectl api-versions should check if v1 is in available api versions', async t => {
    assert.ok((await t.kubectl(['api-versions'])).split('\n').includes('v1'));
  }),

  row(
    'Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info',
    async t => has(await t.kubectl(['cluster-info']), /Kubernetes control plane.*is running at.*https:/s),
  ),

  row('Kubectl client Kubectl version should check is all data is printed', async t => {
    const version = JSON.parse(await t.kubectl(['version', '-o', 'json'])) as Record<
      string,
      Record<string, string>
    >;
    for (const side of ['clientVersion', 'serverVersion']) {
      for (const field of [
        'major',
        'minor',
        'gitVersion',
        'gitCommit',
        'gitTreeState',
        'buildDate',
        'goVersion',
        'compiler',
        'platform',
      ]) {
        assert.ok(version[side]?.[field], `${side} has no ${field}`);
      }
    }
  }),

  row(
    'Kubectl client Kubectl describe should check if kubectl describe prints relevant information for rc and pods',
    async t => {
      await runController(t, 1);
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'svc', labels: { app: 'rc' } },
        spec: { selector: { app: 'rc' }, ports: [{ port: 6379, targetPort: 80 }] },
      };
      await t.kubectl(['create', '-f', '-'], { stdin: text(service) });
      const [made] = await podsOf(t, 'app=rc');
      const node = made!.spec!.nodeName!;
      has(
        await t.kubectl(['describe', 'pod', made!.metadata!.name!]),
        /^Name:\s+rc-/m,
        new RegExp(`^Namespace:\\s+${t.namespace}`, 'm'),
        new RegExp(`^Node:\\s+${node}/`, 'm'),
        /^Labels:\s+app=rc/m,
        /^Status:\s+Running/m,
        /^IP:\s+\S+/m,
        /^Controlled By:\s+ReplicationController\/rc/m,
        /State:\s+Running/,
        /QoS Class:\s+BestEffort/,
      );
      has(
        await t.kubectl(['describe', 'rc', 'rc']),
        /^Name:\s+rc/m,
        /^Selector:\s+app=rc/m,
        /^Replicas:\s+1 current \/ 1 desired/m,
        /^Pods Status:\s+1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/m,
        /SuccessfulCreate/,
      );
      has(
        await t.kubectl(['describe', 'service', 'svc']),
        /^Type:\s+ClusterIP/m,
        /^IP:\s+\S+/m,
        /^Port:\s+<unset>\s+6379\/TCP/m,
        /^Endpoints:\s+\S+:80/m,
        /^Session Affinity:\s+None/m,
      );
      has(
        await t.kubectl(['describe', 'node', node]),
        /^Name:/m,
        /^Conditions:/m,
        /MemoryPressure/,
        /^Capacity:/m,
        /Kubelet Version:/,
      );
      has(
        await t.kubectl(['describe', 'namespace', t.namespace]),
        /^Name:\s+conformance-/m,
        /^Status:\s+Active/m,
      );
    },
  ),

  row(
    'Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments',
    async t => {
      const manifest = (used: string) =>
        text({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'd' } },
            template: {
              metadata: { labels: { app: 'd' } },
              spec: { containers: [{ name: 'c', image: used }] },
            },
          },
        });
      await t.kubectl(['create', '-f', '-'], { stdin: manifest('httpd') });
      const output = await t.kubectl(['diff', '-f', '-'], { stdin: manifest('busybox'), codes: [1] });
      has(output, /^-\s+- image: httpd/m, /^\+\s+- image: busybox/m);
    },
  ),

  row('Kubectl client Kubectl expose should create services for rc', async t => {
    await runController(t, 1);
    await t.kubectl(['expose', 'rc', 'rc', '--name=rm2', '--port=1234', '--target-port=6379']);
    await t.kubectl(['expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379']);
    for (const [name, port] of [
      ['rm2', 1234],
      ['rm3', 2345],
    ] as const) {
      const { spec } = await t.api.services.get(name);
      assert.equal(spec!.ports![0]!.port, port);
      assert.equal(spec!.ports![0]!.targetPort, 6379);
      await t.until(`endpoints of ${name}`, async () => {
        const { subsets } = await t.api.endpoints.get(name).catch(() => ({ subsets: undefined }));
        return subsets?.[0]?.addresses?.length === 1 && subsets[0].ports?.[0]?.port === 6379;
      });
    }
  }),

  row('Kubectl client Kubectl label should update the label on a resource', async t => {
    await runPod(t);
    await t.kubectl(['label', 'pods', 'p', 'testing-label=testing-label-value']);
    has(await t.kubectl(['get', 'pod', 'p', '-L', 'testing-label']), /testing-label-value/);
    has(await t.kubectl(['get', 'pods', '-l', 'testing-label=testing-label-value', '-o', 'name']), /pod\/p/);
    await t.kubectl(['label', 'pods', 'p', 'testing-label-']);
    assert.doesNotMatch(await t.kubectl(['get', 'pod', 'p', '-L', 'testing-label']), /testing-label-value/);
  }),

  row('Kubectl client Kubectl patch should add annotations for pods in rc', async t => {
    await runController(t, 1);
    for (const { metadata } of await podsOf(t, 'app=rc')) {
      await t.kubectl(['patch', 'pod', metadata!.name!, '-p', '{"metadata":{"annotations":{"x":"y"}}}']);
    }
    for (const { metadata } of await podsOf(t, 'app=rc')) assert.equal(metadata!.annotations?.x, 'y');
  }),

  row("Kubectl client Kubectl replace should update a single-container pod's image", async t => {
    await t.kubectl(['run', 'p', `--image=${image}`, '--labels=run=p']);
    await runningPod(t, 'p');
    const shown = await t.kubectl(['get', 'pod', 'p', '-o', 'json']);
    await t.kubectl(['replace', '-f', '-'], { stdin: shown.replaceAll(image, 'busybox:1.29') });
    assert.equal((await t.api.pods.get('p')).spec!.containers[0]!.image, 'busybox:1.29');
  }),

  row('Kubectl client Kubectl run pod should create a pod from an image when restart is Never', async t => {
    await t.kubectl(['run', 'p', '--restart=Never', `--image=${image}`]);
    const { spec } = await t.api.pods.get('p');
    assert.equal(spec!.restartPolicy, 'Never');
    assert.deepEqual(
      spec!.containers.map(container => container.image),
      [image],
    );
  }),

  row(
    'Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods',
    async t => {
      await t.kubectl(['run', 'p', `--image=${image}`]);
      const patch = '{"spec":{"containers":[{"name":"p","image":"busybox:1.29"}]}}';
      has(await t.kubectl(['patch', 'pod', 'p', '-p', patch, '--dry-run=server']), /pod\/p patched/);
      assert.equal((await t.api.pods.get('p')).spec!.containers[0]!.image, image);
    },
  ),

  row('Kubectl client Proxy server should support proxy with --port 0', async t => {
    assert.ok((await throughProxy(t, ['--port=0', '--disable-filter'])).versions.length > 0);
  }),

  row('Kubectl client Proxy server should support --unix-socket=/path', async t => {
    const path = join(await t.folder(), 'proxy.sock');
    assert.ok((await throughProxy(t, [`--unix-socket=${path}`], path)).versions.length > 0);
  }),

  row('Kubectl client Update Demo should create and stop a replication controller', async t => {
    await runController(t, 2);
    await t.kubectl(['delete', 'rc', 'rc', '--grace-period=0', '--force']);
    await t.until('the pods to go', async () => (await podsOf(t, 'app=rc')).length === 0);
    has(await t.kubectl(['get', 'rc,svc', '--no-headers']), /No resources found/);
  }),

  row('Kubectl client Update Demo should scale a replication controller', async t => {
    await runController(t, 2);
    for (const replicas of [1, 2]) {
      await t.kubectl(['scale', 'rc', 'rc', `--replicas=${replicas}`, '--timeout=5m']);
      await readyPods(t, 'app=rc', replicas);
    }
  }),
];

export const kubectlRows = rows.map((each): Row => ({ ...each, needs: 'kubectl' }));
