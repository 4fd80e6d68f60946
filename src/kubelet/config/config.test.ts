import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import { formatResolvConf, parseResolvConf, podDns } from './dns.ts';
import { containerEnv, type EnvSources, parseEnvFile } from './env.ts';
import { expand } from './expansion.ts';
import { podHostsFile } from './hosts-file.ts';
import { Layout } from './layout.ts';
import { cpuShares, linuxResources, oomScoreAdj, podCgroup } from './resources.ts';
import { sandboxConfig } from './sandbox.ts';
import { containerSecurity, verifyNonRoot } from './security.ts';

function podOf(container: Partial<ContainerSpec>, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', uid: 'u', labels: { app: 'x' } },
    spec: { containers: [{ name: 'c', ...container }], ...spec },
  };
}

const sources: EnvSources = {
  podIps: ['10.0.0.1'],
  hostIps: ['192.0.2.1'],
  nodeAllocatable: { cpu: '4', memory: '8Gi' },
  configMap: async name => (name === 'cm' ? { k: 'v', other: 'w' } : undefined),
  secret: async name => (name === 'sec' ? { s: 'hush' } : undefined),
  volumeFile: async (_volume, path) => (path === 'env' ? "A='1'\nB='two words' # why\n" : undefined),
  services: () => [],
};

async function envOf(container: Partial<ContainerSpec>, more: Partial<EnvSources> = {}) {
  const pod = podOf(container);
  const entries = await containerEnv(pod, pod.spec!.containers[0]!, { ...sources, ...more });
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

test('expansion follows upstream to the letter', () => {
  const env: Record<string, string> = { A: 'a', EMPTY: '' };
  const cases = [
    ['$(A)', 'a'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$(NONE)', '$(NONE)'],
    ['$(A', '$(A'],
    ['x$', 'x$'],
    ['$A', '$A'],
    ['$(EMPTY)|$(A)$(A)', '|aa'],
  ];
  for (const [text, expected] of cases)
    assert.equal(
      expand(text!, name => env[name]),
      expected,
    );
});

describe('the environment', () => {
  test('takes each kind of source, later ones over earlier ones', async () => {
    const env = await envOf({
      resources: { limits: { cpu: '1500m' }, requests: { memory: '64Mi' } },
      envFrom: [
        { prefix: 'P_', configMapRef: { name: 'cm' } },
        { secretRef: { name: 'none', optional: true } },
      ],
      env: [
        { name: 'P_k', value: 'over' },
        { name: 'S', valueFrom: { secretKeyRef: { name: 'sec', key: 's' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'L', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
        { name: 'ALL', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Gi' } } },
        { name: 'FILE', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'B' } } },
        { name: 'GONE', valueFrom: { configMapKeyRef: { name: 'cm', key: 'none', optional: true } } },
        { name: 'REF', value: '$(S)-$(P_k)-$(LATER)' },
        { name: 'LATER', value: 'x' },
      ],
    });
    assert.deepEqual(env, {
      P_k: 'over',
      P_other: 'w',
      S: 'hush',
      IP: '10.0.0.1',
      L: 'x',
      CPU: '2',
      MEM: '64',
      ALL: '8',
      FILE: 'two words',
      REF: 'hush-over-$(LATER)',
      LATER: 'x',
    });
  });

  test('fails in upstream words where something is missing', async () => {
    const cases: [Partial<ContainerSpec>, string][] = [
      [{ envFrom: [{ configMapRef: { name: 'no' } }] }, 'configmap "no" not found'],
      [
        { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] },
        'secret "no" not found',
      ],
      [
        { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'no' } } }] },
        "couldn't find key no in ConfigMap ns/cm",
      ],
    ];
    for (const [container, message] of cases) await assert.rejects(envOf(container), { message });
  });

  test('names the services of the namespace, and the API server always', async () => {
    const service = (namespace: string, name: string, clusterIP: string): Service => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    });
    const services = [
      service('ns', 'my-web', '10.96.0.5'),
      service('elsewhere', 'hidden', '10.96.0.6'),
      service('ns', 'headless', 'None'),
      service('default', 'kubernetes', '10.96.0.1'),
    ];
    const env = await envOf({ env: [{ name: 'MY_WEB_PORT', value: 'mine' }] }, { services: () => services });
    assert.equal(env.MY_WEB_SERVICE_HOST, '10.96.0.5');
    assert.equal(env.MY_WEB_SERVICE_PORT_HTTP, '80');
    assert.equal(env.MY_WEB_PORT, 'mine');
    assert.equal(env.MY_WEB_PORT_80_TCP, 'tcp://10.96.0.5:80');
    assert.equal(env.KUBERNETES_SERVICE_HOST, '10.96.0.1');
    assert.ok(!Object.keys(env).some(key => key.startsWith('HIDDEN') || key.startsWith('HEADLESS')));
  });

  test('an env file is single-quoted lines', () => {
    assert.deepEqual(
      [...parseEnvFile("# c\nA='1'\n\n B='2'\nbad\nC=3\n")],
      [
        ['A', '1'],
        ['B', '2'],
      ],
    );
  });
});

test('resources become what the kernel takes', () => {
  assert.deepEqual([0, 1, 100, 1000, 1e9].map(cpuShares), [2, 2, 102, 1024, 262_144]);
  const limited = podOf({
    resources: { limits: { cpu: '500m', memory: '64Mi' }, requests: { cpu: '250m', memory: '1Gi' } },
  });
  assert.deepEqual(linuxResources(limited, limited.spec!.containers[0]!, 4 * 2 ** 30), {
    cpuShares: 256,
    cpuPeriod: 100_000,
    cpuQuota: 50_000,
    memoryLimitBytes: 64 * 2 ** 20,
    oomScoreAdj: 750,
  });
  const effort = podOf({});
  assert.equal(oomScoreAdj(effort, effort.spec!.containers[0]!, 2 ** 30), 1_000);
  const guaranteed = podOf({
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
  });
  assert.equal(oomScoreAdj(guaranteed, guaranteed.spec!.containers[0]!, 2 ** 30), -997);
  assert.deepEqual(
    [effort, limited, guaranteed].map(pod => podCgroup('/r', pod)),
    ['/r/kubepods/besteffort/podu', '/r/kubepods/burstable/podu', '/r/kubepods/podu'],
  );
});

test('security settings of the container stand over those of the pod', () => {
  const pod = podOf(
    { securityContext: { runAsUser: 7, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
    {
      securityContext: {
        runAsUser: 5,
        runAsGroup: 6,
        fsGroup: 9,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  );
  const security = containerSecurity(pod, pod.spec!.containers[0]!, undefined, '/s');
  assert.equal(security.runAsUser, 7);
  assert.equal(security.runAsGroup, 6);
  assert.deepEqual(security.supplementalGroups, [9]);
  assert.equal(security.noNewPrivs, true);
  assert.deepEqual(security.capabilities, { add: [], drop: ['ALL'] });
  assert.deepEqual(security.seccomp, { type: 'RuntimeDefault' });
  assert.ok(security.maskedPaths!.includes('/proc/kcore'));
});

test('runAsNonRoot is checked against the image', () => {
  const pod = podOf({ securityContext: { runAsNonRoot: true } });
  const image = { id: 'i', repoTags: [], repoDigests: [], sizeBytes: 1, pinned: false };
  const check = (more: object) => () =>
    verifyNonRoot(pod, pod.spec!.containers[0]!, { ...image, username: '', ...more });
  assert.throws(check({}), /image will run as root/);
  assert.throws(check({ uid: 0 }), /image will run as root/);
  assert.throws(check({ username: 'web' }), /non-numeric user \(web\), cannot verify user is non-root/);
  assert.doesNotThrow(check({ uid: 1000 }));
});

test('the resolver follows dnsPolicy and dnsConfig', () => {
  const host = parseResolvConf('# c\nsearch corp.example.\nnameserver 192.0.2.53\noptions rotate\n');
  const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' };
  const dns = (spec: Partial<NonNullable<Pod['spec']>>) =>
    formatResolvConf(podDns(podOf({}, spec), cluster, host));
  assert.equal(
    dns({}),
    'search ns.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
  assert.equal(dns({ dnsPolicy: 'Default' }), 'search corp.example\nnameserver 192.0.2.53\noptions rotate\n');
  assert.equal(dns({ hostNetwork: true }), dns({ dnsPolicy: 'Default' }));
  assert.match(
    dns({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
    /^nameserver 10\.96\.0\.10$/m,
  );
  assert.equal(
    dns({
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.b'], options: [{ name: 'ndots', value: '2' }] },
    }),
    'search a.b\nnameserver 1.1.1.1\noptions ndots:2\n',
  );
});

test('the hosts file names the pod, its domain and its aliases', () => {
  const pod = podOf(
    {},
    { hostname: 'h', subdomain: 's', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] },
  );
  const lines = podHostsFile(pod, ['10.0.0.1'], 'cluster.local').split('\n');
  assert.ok(lines.includes('10.0.0.1\th.s.ns.svc.cluster.local\th'));
  assert.ok(lines.includes('1.2.3.4\ta\tb'));
});

test("a pod in the host's network leaves the host's name alone", () => {
  const hostname = (spec: Partial<NonNullable<Pod['spec']>>) =>
    sandboxConfig({
      pod: podOf({}, spec),
      attempt: 0,
      layout: new Layout('/var/lib/kubelet', '/var/log/pods'),
      dns: { servers: [], searches: [], options: [] },
      clusterDomain: 'cluster.local',
      cgroupRoot: '',
    }).hostname;
  assert.equal(hostname({}), 'p');
  assert.equal(hostname({ hostNetwork: true, hostname: 'h' }), '');
  assert.equal(
    hostname({ hostname: 'h', subdomain: 's', setHostnameAsFQDN: true }),
    'h.s.ns.svc.cluster.local',
  );
});
