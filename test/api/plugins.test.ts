import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { PodSpec } from '#api/generated/types/core.v1.ts';
import { der } from '#apiserver/pki/der.ts';
import { type WireAnswer, WiredCluster } from './wire.ts';

describe('admission plug-ins', () => {
  let wired: WiredCluster;
  let count = 0;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
  });
  after(() => wired[Symbol.asyncDispose]());

  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    wired.send({ method, path, headers, ...(body === undefined ? {} : { body }) });

  async function ok(answer: Promise<WireAnswer>): Promise<WireAnswer> {
    const { status, text } = await answer;
    assert.ok(status < 300, `${status}: ${text}`);
    return answer;
  }

  async function namespaceWith(labels: Record<string, string>): Promise<string> {
    const name = `ns-${count++}`;
    await ok(send('POST', '/api/v1/namespaces', { metadata: { name, labels } }));
    const path = `/api/v1/namespaces/${name}`;
    await ok(send('POST', `${path}/serviceaccounts`, { metadata: { name: 'default' } }));
    return path;
  }

  const level = (mode: string, text: string) => ({ [`pod-security.kubernetes.io/${mode}`]: text });
  const pod = (path: string, spec: object, container: object = {}, metadata: object = {}) =>
    send('POST', `${path}/pods`, {
      metadata: { name: `p-${count++}`, ...metadata },
      spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
    });

  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };

  test('the restricted level refuses what is not hardened', async () => {
    const path = await namespaceWith(level('enforce', 'restricted'));
    const { status, json } = await pod(path, {});
    assert.equal(status, 403);
    assert.match(
      json.message!,
      /^pods "p-\d+" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false \(container "c" must set securityContext\.allowPrivilegeEscalation=false\), unrestricted capabilities \(container "c" must set securityContext\.capabilities\.drop=\["ALL"\]\), runAsNonRoot != true \(pod or container "c" must set securityContext\.runAsNonRoot=true\), seccompProfile \(pod or container "c" must set securityContext\.seccompProfile\.type to "RuntimeDefault" or "Localhost"\)$/,
    );
    await ok(pod(path, {}, { securityContext: restricted }));
    const volumes = [{ name: 'v', hostPath: { path: '/x' } }];
    const hostPath = await pod(path, { volumes }, { securityContext: restricted });
    assert.match(
      hostPath.json.message!,
      /: restricted volume types \(volume "v" uses restricted volume type "hostPath"\)$/,
    );
    const image = [{ name: 'v', image: { reference: 'i' } }];
    await ok(pod(path, { volumes: image }, { securityContext: restricted }));
  });

  test('the baseline refuses known ways to the node', async () => {
    const path = await namespaceWith(level('enforce', 'baseline'));
    const cases: [object, object, string][] = [
      [{ hostNetwork: true, hostPID: true }, {}, 'host namespaces (hostNetwork=true, hostPID=true)'],
      [
        {},
        { securityContext: { privileged: true } },
        'privileged (container "c" must not set securityContext.privileged=true)',
      ],
      [{}, { ports: [{ containerPort: 80, hostPort: 80 }] }, 'hostPort (container "c" uses hostPort 80)'],
      [
        {},
        { securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } },
        'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)',
      ],
      [
        { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
        {},
        'forbidden sysctls (kernel.msgmax)',
      ],
      [
        { securityContext: { seLinuxOptions: { type: 'spc_t' } } },
        {},
        'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t")',
      ],
      [
        {},
        { livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } } },
        'probe or lifecycle host (container "c" uses probe or lifecycle host "127.0.0.1")',
      ],
      [
        { securityContext: { seccompProfile: { type: 'Unconfined' } } },
        {},
        'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
      ],
      [{ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }, {}, 'hostPath volumes (volume "v")'],
    ];
    for (const [spec, container, detail] of cases) {
      const { status, json, text } = await pod(path, spec, container);
      assert.equal(status, 403, detail);
      assert.ok(json.message!.endsWith(`violates PodSecurity "baseline:latest": ${detail}`), text);
    }
    await ok(pod(path, {}));
  });

  test('levels have versions, warn of templates, and of pods that are there already', async () => {
    const old = await namespaceWith({
      ...level('enforce', 'baseline'),
      ...level('enforce-version', 'v1.33'),
    });
    await ok(pod(old, {}, { livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } } }));
    const path = await namespaceWith(level('warn', 'baseline'));
    const spec = { hostNetwork: true, containers: [{ name: 'c', image: 'i' }] };
    const deployment = await ok(
      send('POST', `${path.replace('/api/v1', '/apis/apps/v1')}/deployments`, {
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec },
        },
      }),
    );
    assert.equal(
      deployment.headers.warning,
      '299 - "would violate PodSecurity \\"baseline:latest\\": host namespaces (hostNetwork=true)"',
    );
    await ok(pod(path, { hostNetwork: true }));
    const stricter = await ok(
      send(
        'PATCH',
        path,
        { metadata: { labels: level('enforce', 'baseline') } },
        { 'content-type': 'application/merge-patch+json' },
      ),
    );
    const name = path.slice(path.lastIndexOf('/') + 1);
    assert.match(
      String(stricter.headers.warning),
      new RegExp(
        `existing pods in namespace \\\\"${name}\\\\" violate the new PodSecurity enforce level \\\\"baseline:latest\\\\"`,
      ),
    );
    assert.match(String(stricter.headers.warning), /p-\d+: host namespaces/);
    const wrong = await send('POST', '/api/v1/namespaces', {
      metadata: { name: 'wrong', labels: level('enforce', 'strict') },
    });
    assert.deepEqual(
      [wrong.status, wrong.json.message],
      [
        422,
        'Namespace "wrong" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
      ],
    );
  });

  test('a new node is tainted, and gives its topology to its pods', async () => {
    const labels = { 'topology.kubernetes.io/zone': 'z1', other: 'x' };
    const node = await ok(send('POST', '/api/v1/nodes', { metadata: { name: 'n', labels } }));
    assert.deepEqual((node.json.spec as { taints: unknown }).taints, [
      { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    ]);
    const path = await namespaceWith({});
    const bound = await ok(pod(path, {}, {}, { name: 'bound' }));
    assert.equal((bound.json.metadata as { labels?: unknown }).labels, undefined);
    await ok(
      send('POST', `${path}/pods/bound/binding`, {
        metadata: { name: 'bound' },
        target: { kind: 'Node', name: 'n' },
      }),
    );
    const { json } = await ok(send('GET', `${path}/pods/bound`));
    assert.deepEqual((json.metadata as { labels?: unknown }).labels, { 'topology.kubernetes.io/zone': 'z1' });
    const placed = await ok(pod(path, { nodeName: 'n' }));
    assert.deepEqual((placed.json.metadata as { labels?: unknown }).labels, {
      'topology.kubernetes.io/zone': 'z1',
    });
  });

  function request(organization: string): string {
    const attribute = der.sequence(der.oid('2.5.4.10'), der.utf8(organization));
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const info = der.sequence(
      der.integer(Uint8Array.of(0)),
      der.sequence(der.set(attribute)),
      publicKey.export({ type: 'spki', format: 'der' }),
      der.context(0),
    );
    const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'));
    const signature = der.bitString(sign('sha256', info, privateKey));
    const body = Buffer.from(der.sequence(info, algorithm, signature)).toString('base64');
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`;
    return Buffer.from(pem).toString('base64');
  }

  test('pods of one owner have the name of the volume with their token in common, others have their own', async () => {
    const path = await namespaceWith({});
    const owned = (uid: string, controller: boolean) => ({
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid, controller }],
    });
    const all = [owned('a', true), owned('a', true), owned('b', true), owned('a', false), {}, {}];
    const names: string[] = [];
    for (const metadata of all) {
      const { json } = await ok(pod(path, {}, {}, metadata));
      const { volumes, containers } = (json as { spec?: PodSpec }).spec!;
      assert.match(volumes![0]!.name, /^kube-api-access-[b-z2-9]{5}$/);
      assert.equal(containers[0]!.volumeMounts![0]!.name, volumes![0]!.name);
      names.push(volumes![0]!.name);
    }
    assert.equal(names[0], names[1]);
    assert.equal(new Set(names).size, names.length - 1);
  });

  test('certificates are approved and signed by those who may for the signer', async () => {
    const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const ask = (name: string, signerName: string, organization: string) =>
      send('POST', requests, {
        metadata: { name },
        spec: { request: request(organization), signerName, usages: ['client auth'] },
      });
    await ok(ask('plain', 'example.com/signer', 'people'));
    const masters = await ask('masters', 'kubernetes.io/kube-apiserver-client', 'system:masters');
    assert.deepEqual(
      [masters.status, masters.json.message],
      [
        403,
        'certificatesigningrequests.certificates.k8s.io "masters" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
      ],
    );
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const rules = [
      { apiGroups: ['certificates.k8s.io'], resources: ['*'], verbs: ['get', 'update', 'patch'] },
    ];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'approver' };
    await ok(send('POST', `${rbac}/clusterroles`, { metadata: { name: 'approver' }, rules }));
    await ok(
      send('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name: 'approver' },
        roleRef,
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
      }),
    );
    const condition = { type: 'Approved', status: 'True', reason: 'Test', message: 'm' };
    const change = (subresource: string, status: object, headers = {}) =>
      send(
        'PATCH',
        `${requests}/plain/${subresource}`,
        { status },
        {
          'content-type': 'application/merge-patch+json',
          ...headers,
        },
      );
    const bob = { 'impersonate-user': 'bob' };
    const refused = await change('approval', { conditions: [condition] }, bob);
    assert.deepEqual(
      [refused.status, refused.json.message],
      [
        403,
        'certificatesigningrequests.certificates.k8s.io "plain" is forbidden: user not permitted to approve requests with signerName "example.com/signer"',
      ],
    );
    await ok(change('approval', { conditions: [condition] }));
    const failed = { type: 'Failed', status: 'True', reason: 'Test', message: 'm' };
    const unsigned = await change('status', { conditions: [condition, failed] }, bob);
    assert.match(
      unsigned.json.message!,
      /user not permitted to sign requests with signerName "example\.com\/signer"$/,
    );
  });

  test('claims grow only where their class lets them', async () => {
    const path = await namespaceWith({});
    for (const [name, allowVolumeExpansion] of [
      ['fixed', false],
      ['growing', true],
    ]) {
      await ok(
        send('POST', '/apis/storage.k8s.io/v1/storageclasses', {
          metadata: { name },
          provisioner: 'example.com/x',
          allowVolumeExpansion,
        }),
      );
    }
    const claim = async (name: string, storageClassName: string, phase: string) => {
      const made = await ok(
        send('POST', `${path}/persistentvolumeclaims`, {
          metadata: { name },
          spec: {
            storageClassName,
            volumeName: 'v',
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        }),
      );
      assert.deepEqual((made.json.metadata as { finalizers: unknown }).finalizers, [
        'kubernetes.io/pvc-protection',
      ]);
      await ok(
        send(
          'PATCH',
          `${path}/persistentvolumeclaims/${name}/status`,
          { status: { phase, capacity: { storage: '1Gi' } } },
          { 'content-type': 'application/merge-patch+json' },
        ),
      );
    };
    const grow = (name: string) =>
      send(
        'PATCH',
        `${path}/persistentvolumeclaims/${name}`,
        { spec: { resources: { requests: { storage: '2Gi' } } } },
        { 'content-type': 'application/merge-patch+json' },
      );
    await claim('pending', 'growing', 'Pending');
    await claim('fixed', 'fixed', 'Bound');
    await claim('growing', 'growing', 'Bound');
    // Validation refuses a change of a claim that is not bound before admission does.
    assert.ok((await grow('pending')).status >= 400);
    assert.match(
      (await grow('fixed')).json.message!,
      /^persistentvolumeclaims "fixed" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize$/,
    );
    await ok(grow('growing'));
  });

  test('a pod is resized within what its node has, and in ways that the node knows', async () => {
    const path = await namespaceWith({});
    const allocatable = { cpu: '2', memory: '1Gi' };
    const node = (name: string, os: string, declaredFeatures: string[] = []) =>
      ok(
        send('POST', '/api/v1/nodes', {
          metadata: { name, labels: { 'kubernetes.io/os': os } },
          status: { allocatable, declaredFeatures },
        }),
      );
    await node('small', 'linux');
    await node('panes', 'windows');
    await node('able', 'linux', ['InPlacePodLevelResourcesVerticalScaling']);
    const resources = { requests: { cpu: '1' } };
    for (const nodeName of ['small', 'panes', 'able', 'gone']) {
      const pair = {
        metadata: { name: nodeName },
        spec: { nodeName, containers: [] as object[], resources },
      };
      pair.spec.containers.push({ name: 'c', image: 'i', resources });
      await ok(send('POST', `${path}/pods`, pair));
    }
    const type = { 'content-type': 'application/strategic-merge-patch+json' };
    const resize = async (name: string, spec: object) => {
      const answer = await send('PATCH', `${path}/pods/${name}/resize`, { spec }, type);
      const cause = answer.json.details?.causes?.[0]?.reason;
      return [answer.status, answer.json.message?.replace(/^.*forbidden: /, ''), cause];
    };
    const container = (cpu: string) => ({ containers: [{ name: 'c', resources: { requests: { cpu } } }] });
    const whole = (cpu: string) => ({ resources: { requests: { cpu } } });
    assert.deepEqual(await resize('small', container('500m')), [200, undefined, undefined]);
    assert.deepEqual(await resize('able', whole('1500m')), [200, undefined, undefined]);
    assert.deepEqual(await resize('able', whole('3')), [
      403,
      "node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000",
      'NodeCapacity',
    ]);
    assert.deepEqual(await resize('small', whole('1500m')), [
      403,
      'pod update requires features InPlacePodLevelResourcesVerticalScaling which are not available on node "small"',
      undefined,
    ]);
    assert.deepEqual(await resize('panes', container('500m')), [
      403,
      'pod resize is only supported on linux nodes, node "panes" is "windows"',
      'UnsupportedPlatform',
    ]);
    assert.deepEqual(await resize('gone', container('500m')), [403, 'node "gone" not found', undefined]);
  });

  test('classes of the system stay, and what is in use is kept', async () => {
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    const refused = await send('DELETE', `${classes}/system-node-critical`);
    assert.deepEqual(
      [refused.status, refused.json.message],
      [
        403,
        'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
      ],
    );
    const attributes = '/apis/storage.k8s.io/v1/volumeattributesclasses';
    const made = await ok(
      send('POST', attributes, { metadata: { name: 'v' }, driverName: 'd.io', parameters: { a: 'b' } }),
    );
    assert.deepEqual((made.json.metadata as { finalizers?: string[] }).finalizers, [
      'kubernetes.io/vac-protection',
    ]);
  });
});
