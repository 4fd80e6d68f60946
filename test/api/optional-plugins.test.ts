import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { AdmissionSettings } from '#apiserver/admission/registry.ts';
import type { KubeObject } from '#machinery/object.ts';
import { WiredCluster } from './wire.ts';

/** A cluster of its own for each set of plugins, and short ways to ask it. */
async function clusterWith(admission: AdmissionSettings) {
  const wired = await WiredCluster.start({ controllers: [], apiServer: { admission } });
  let count = 0;
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    wired.send({ method, path, headers, ...(body === undefined ? {} : { body }) });
  const namespace = async (metadata: object = {}) => {
    const name = `ns-${count++}`;
    const { status, text } = await send('POST', '/api/v1/namespaces', { metadata: { name, ...metadata } });
    assert.equal(status, 201, text);
    await send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
    return `/api/v1/namespaces/${name}`;
  };
  const pod = (path: string, spec: object = {}, container: object = {}, query = '') =>
    send('POST', `${path}/pods${query}`, {
      metadata: { name: `p-${count++}` },
      spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
    });
  const refusal = async (answer: ReturnType<typeof send>) => {
    const { status, json } = await answer;
    return [status, json.reason ?? '', json.message];
  };
  const made = async (answer: ReturnType<typeof send>) => {
    const { status, text, json } = await answer;
    assert.ok(status < 300, `${status}: ${text}`);
    return json as unknown as Pod;
  };
  return {
    wired,
    send,
    namespace,
    pod,
    refusal,
    made,
    [Symbol.asyncDispose]: () => wired[Symbol.asyncDispose](),
  };
}

type Asked = Awaited<ReturnType<typeof clusterWith>>;

describe('plugins that are off by default', () => {
  let asked: Asked;
  before(async () => {
    asked = await clusterWith({
      enabled: [
        'AlwaysAdmit',
        'AlwaysPullImages',
        'DenyServiceExternalIPs',
        'ExtendedResourceToleration',
        'LimitPodHardAntiAffinityTopology',
        'NamespaceExists',
        'NamespaceAutoProvision',
        'PodNodeSelector',
        'PodTolerationRestriction',
      ],
      configurations: {
        PodNodeSelector: { clusterDefaultNodeSelector: 'zone=a', 'ns-limited': 'zone=a,disk=ssd' },
        PodTolerationRestriction: {
          default: [{ key: 'team', operator: 'Exists', effect: 'NoSchedule' }],
          whitelist: [{ operator: 'Exists' }],
        },
      },
    });
  });
  after(() => asked[Symbol.asyncDispose]());

  test('images are pulled each time', async () => {
    const { spec } = await asked.made(
      asked.pod(
        await asked.namespace(),
        { initContainers: [{ name: 'i', image: 'i' }], volumes: [{ name: 'v', image: { reference: 'r' } }] },
        { imagePullPolicy: 'Never' },
      ),
    );
    const policies = [...spec!.containers, ...spec!.initContainers!].map(one => one.imagePullPolicy);
    assert.deepEqual(policies, ['Always', 'Always']);
    assert.equal(spec!.volumes![0]!.image!.pullPolicy, 'Always');
  });

  test('a pod keeps others off its own node alone', async () => {
    const affinity = (topologyKey: string) => ({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: {} }],
        },
      },
    });
    const path = await asked.namespace();
    await asked.made(asked.pod(path, affinity('kubernetes.io/hostname')));
    const [status, reason, message] = await asked.refusal(
      asked.pod(path, affinity('topology.kubernetes.io/zone')),
    );
    assert.deepEqual([status, reason], [403, 'Forbidden']);
    assert.match(
      String(message),
      /^pods "p-\d+" is forbidden: affinity\.PodAntiAffinity\.RequiredDuringScheduling has TopologyKey topology\.kubernetes\.io\/zone but only key kubernetes\.io\/hostname is allowed$/,
    );
  });

  test('a Service gets no external addresses that it has not had', async () => {
    const path = `${await asked.namespace()}/services`;
    const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
    await asked.made(asked.send('POST', path, service));
    const patch = asked.send(
      'PATCH',
      `${path}/s`,
      { spec: { externalIPs: ['192.0.2.1'] } },
      { 'content-type': 'application/merge-patch+json' },
    );
    assert.deepEqual(await asked.refusal(patch), [
      403,
      'Forbidden',
      'services "s" is forbidden: Use of external IPs is denied by admission control',
    ]);
  });

  test('a pod that asks for a device tolerates the nodes that have it', async () => {
    const resources = { limits: { 'example.com/gpu': '1' } };
    const { spec } = await asked.made(asked.pod(await asked.namespace(), {}, { resources }));
    assert.deepEqual(
      spec!.tolerations!.find(({ key }) => key === 'example.com/gpu'),
      { key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    );
  });

  test('a namespace comes with what is written into it, and not with a dry run', async () => {
    await asked.made(asked.send('POST', '/api/v1/namespaces/fresh/configmaps', { metadata: { name: 'c' } }));
    assert.equal((await asked.send('GET', '/api/v1/namespaces/fresh')).status, 200);
    const dry = asked.send('POST', '/api/v1/namespaces/dry/configmaps?dryRun=All', {
      metadata: { name: 'c' },
    });
    assert.deepEqual(await asked.refusal(dry), [404, 'NotFound', 'namespaces "dry" not found']);
  });

  test('nothing is deleted in a namespace that there is not', async () => {
    const remove = asked.send('DELETE', '/api/v1/namespaces/nowhere/configmaps');
    assert.equal((await remove).status, 200);
  });

  test('pods go where their namespace has them go', async () => {
    const plain = await asked.namespace();
    assert.deepEqual(
      (await asked.made(asked.pod(plain, { nodeSelector: { disk: 'ssd' } }))).spec!.nodeSelector,
      {
        disk: 'ssd',
        zone: 'a',
      },
    );
    const why = (what: string) => `pods "p-N" is forbidden: pod node label selector ${what}`;
    const told = async (path: string, nodeSelector: object) => {
      const [status, , message] = await asked.refusal(asked.pod(path, { nodeSelector }));
      return [status, String(message).replace(/p-\d+/, 'p-N')];
    };
    assert.deepEqual(await told(plain, { zone: 'b' }), [
      403,
      why('conflicts with its namespace node label selector'),
    ]);
    await asked.made(asked.send('POST', '/api/v1/namespaces', { metadata: { name: 'ns-limited' } }));
    const limited = '/api/v1/namespaces/ns-limited';
    await asked.send('POST', `${limited}/serviceaccounts`, { metadata: { name: 'default' } });
    assert.deepEqual(await told(limited, { disk: 'hdd' }), [
      403,
      why('labels conflict with its namespace whitelist'),
    ]);
    const annotations = { 'scheduler.alpha.kubernetes.io/node-selector': 'zone=a=b' };
    const broken = await asked.namespace({ annotations });
    assert.deepEqual(await told(broken, {}), [500, 'invalid selector: [zone a b]']);
  });

  test('pods have the tolerations of their namespace, and none that it does not allow', async () => {
    const own = (pod: Pod) =>
      pod.spec!.tolerations!.map(({ key }) => key).filter(key => !key?.includes('node.k'));
    const plain = await asked.namespace();
    assert.deepEqual(own(await asked.made(asked.pod(plain))), ['team']);
    const list = (...tolerations: object[]) => JSON.stringify(tolerations);
    const path = await asked.namespace({
      annotations: {
        'scheduler.alpha.kubernetes.io/defaultTolerations': list({ key: 'a', operator: 'Exists' }),
        'scheduler.alpha.kubernetes.io/tolerationsWhitelist': list(
          { key: 'a', operator: 'Exists' },
          { operator: 'Exists', effect: 'NoExecute' },
          { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' },
        ),
      },
    });
    assert.deepEqual(own(await asked.made(asked.pod(path))), ['a']);
    assert.deepEqual(
      await asked.refusal(asked.pod(path, { tolerations: [{ key: 'b', operator: 'Exists' }] })),
      [
        500,
        '',
        'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
      ],
    );
  });
});

test('what is turned off does not run, and what is turned on may deny all', async () => {
  await using open = await clusterWith({ disabled: ['PodSecurity', 'NamespaceLifecycle'] });
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await open.made(open.pod(await open.namespace({ labels })));
  await open.made(open.send('POST', '/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'c' } }));
  await using closed = await clusterWith({ enabled: ['NamespaceExists'], disabled: ['NamespaceLifecycle'] });
  const lost = closed.send('DELETE', '/api/v1/namespaces/nowhere/configmaps/c');
  assert.deepEqual(await closed.refusal(lost), [404, 'NotFound', 'configmaps "c" not found']);
  const made = closed.send('POST', '/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'c' } });
  assert.deepEqual(await closed.refusal(made), [404, 'NotFound', 'namespaces "nowhere" not found']);
});

test('pods outlive the silence of their node for as long as the cluster has it', async () => {
  await using asked = await clusterWith({ silence: { notReady: 30 } });
  const { spec } = await asked.made(asked.pod(await asked.namespace()));
  assert.deepEqual(
    spec!.tolerations!.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 30],
      ['node.kubernetes.io/unreachable', 300],
    ],
  );
});

test('who is in a hurry with events is told to wait', async () => {
  await using asked = await clusterWith({
    enabled: ['EventRateLimit'],
    configurations: { EventRateLimit: { limits: [{ type: 'Namespace', qps: 1, burst: 2 }] } },
  });
  const event = (namespace: string, i: number, query = '') =>
    asked.send('POST', `/api/v1/namespaces/${namespace}/events${query}`, {
      metadata: { name: `e-${i}` },
      involvedObject: { kind: 'Pod', namespace, name: 'p' },
    });
  for (let i = 0; i < 5; i++) await asked.made(event('default', i, '?dryRun=All'));
  const answers = await Promise.all([0, 1, 2, 3, 4].map(i => event('default', i)));
  const late = answers.find(({ status }) => status !== 201)!;
  assert.equal(late.status, 429);
  assert.equal(late.json.message, 'Too many requests: limit reached on type Namespace for key default');
  await asked.made(event('kube-system', 0));
});

test('owners are given by those who may delete, and held up by those who may finalize', async () => {
  await using asked = await clusterWith({ enabled: ['OwnerReferencesPermissionEnforcement'] });
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get', 'update', 'patch'] },
    {
      apiGroups: ['apps'],
      resources: ['deployments/finalizers'],
      resourceNames: ['mine'],
      verbs: ['update'],
    },
  ];
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await asked.made(asked.send('POST', `${rbac}/roles`, { metadata: { name: 'r' }, rules }));
  await asked.made(
    asked.send('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'r' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    }),
  );
  const owner = (kind: string, name: string, blockOwnerDeletion?: boolean) => ({
    apiVersion: 'apps/v1',
    kind,
    name,
    uid: `u-${name}`,
    ...(blockOwnerDeletion ? { blockOwnerDeletion } : {}),
  });
  const path = '/api/v1/namespaces/default/configmaps';
  const create = (name: string, ...ownerReferences: object[]) =>
    asked.send('POST', path, { metadata: { name, ownerReferences } }, { 'impersonate-user': 'alice' });
  await asked.made(create('a', owner('Deployment', 'any')));
  await asked.made(create('b', owner('Deployment', 'mine', true)));
  const told = async (answer: ReturnType<typeof create>) => String((await asked.refusal(answer))[2]);
  assert.match(
    await told(create('c', owner('Deployment', 'any', true))),
    /^configmaps "c" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: .*, <nil>$/s,
  );
  assert.match(
    await told(create('d', owner('Nothing', 'any', true))),
    /cannot find RESTMapping for APIVersion apps\/v1 Kind Nothing: no matches for kind "Nothing" in version "apps\/v1"$/,
  );
  const patch = asked.send(
    'PATCH',
    `${path}/a`,
    { metadata: { ownerReferences: [] } },
    { 'content-type': 'application/merge-patch+json', 'impersonate-user': 'alice' },
  );
  assert.match(
    await told(patch),
    /^configmaps "a" is forbidden: cannot set an ownerRef on a resource you can't delete: /,
  );
});

test('namespaces that say nothing are held to the defaults, and some pods to none', async () => {
  const level = (name: 'privileged' | 'baseline' | 'restricted') => ({
    level: name,
    minor: Number.POSITIVE_INFINITY,
  });
  await using asked = await clusterWith({
    configurations: {
      PodSecurity: {
        defaults: { enforce: level('baseline'), audit: level('privileged'), warn: level('restricted') },
        exemptions: { namespaces: ['open'], usernames: ['alice'], runtimeClasses: ['vm'] },
      },
    },
  });
  await asked.made(
    asked.send('POST', '/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: 'vm' }, handler: 'vm' }),
  );
  const path = await asked.namespace();
  const [status, , message] = await asked.refusal(asked.pod(path, { hostNetwork: true }));
  assert.equal(status, 403);
  assert.match(
    String(message),
    /violates PodSecurity "baseline:latest": host namespaces \(hostNetwork=true\)/,
  );
  const warned = await asked.pod(path);
  assert.match(String(warned.headers.warning), /would violate PodSecurity \\"restricted:latest\\"/);
  assert.equal((await asked.pod(path, { hostNetwork: true, runtimeClassName: 'vm' })).status, 201);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const open = await asked.send('POST', '/api/v1/namespaces', { metadata: { name: 'open', labels } });
  assert.equal(
    open.headers.warning,
    '299 - "namespace \\"open\\" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored"',
  );
  const inOpen = '/api/v1/namespaces/open';
  await asked.send('POST', `${inOpen}/serviceaccounts`, { metadata: { name: 'default' } });
  assert.equal((await asked.pod(inOpen, { hostNetwork: true })).status, 201);
});

test('of what is limited nothing is used but by a quota', async () => {
  await using asked = await clusterWith({
    configurations: {
      ResourceQuota: {
        limitedResources: [
          { resource: 'persistentvolumeclaims', matchContains: ['gold.storageclass.storage.k8s.io/'] },
          { resource: 'pods', matchContains: ['requests.cpu', 'count/'] },
          {
            resource: 'pods',
            matchScopes: [
              { scopeName: 'PriorityClass', operator: 'In', values: ['system-cluster-critical'] },
            ],
          },
        ],
      },
    },
  });
  const path = await asked.namespace();
  const cpu = { resources: { requests: { cpu: '1' } } };
  const [, , needed] = await asked.refusal(asked.pod(path, {}, cpu));
  assert.match(String(needed), /is forbidden: insufficient quota to consume: count\/pods,requests\.cpu$/);
  const quota = (name: string, spec: object) =>
    asked.made(asked.send('POST', `${path}/resourcequotas`, { metadata: { name }, spec }));
  await quota('all', { hard: { 'count/pods': '10', 'requests.cpu': '10' } });
  await asked.made(asked.pod(path, {}, cpu));
  const critical = { priorityClassName: 'system-cluster-critical' };
  assert.deepEqual(await asked.refusal(asked.pod(path, critical, cpu)), [
    500,
    '',
    'insufficient quota to match these scopes: [{PriorityClass In [system-cluster-critical]}]',
  ]);
  await quota('critical', {
    hard: { pods: '10' },
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] },
  });
  await asked.made(asked.pod(path, critical, cpu));
  const claim = (storageClassName: string) =>
    asked.send('POST', `${path}/persistentvolumeclaims`, {
      metadata: { name: storageClassName },
      spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
  await asked.made(claim('tin'));
  assert.deepEqual(
    (await asked.refusal(claim('gold')))[2],
    [
      'persistentvolumeclaims "gold" is forbidden: insufficient quota to consume:',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims,gold.storageclass.storage.k8s.io/requests.storage',
    ].join(' '),
  );
  const stored = (await asked.send('GET', `${path}/pods`)).json as unknown as { items: KubeObject[] };
  assert.equal(stored.items.length, 2);
});
