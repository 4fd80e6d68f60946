import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clusterRoleBindings,
  configMaps,
  flowSchemas,
  priorityLevelConfigurations,
} from '#api/generated/refs.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '#api/generated/types/flowcontrol.v1.ts';
import type { Client } from '#client/client.ts';
import { WiredCluster, sendHttp2 } from './wire.ts';

async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 500; tries++) {
    const found = await ask();
    if (found) return found;
    await sleep(20);
  }
  throw new Error(`timed out waiting for ${what}`);
}

function schemaFor(name: string, user: string, level: string): Partial<FlowSchema> {
  return {
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: 50,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: user } }],
          resourceRules: [
            { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
          ],
        },
      ],
    },
  };
}

describe('priority and fairness', () => {
  let wired: WiredCluster;
  let client: Client;

  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    client = wired.cluster.client;
  });
  after(() => wired[Symbol.asyncDispose]());

  const as = (user: string, group = 'system:masters') => ({
    'impersonate-user': user,
    'impersonate-group': group,
  });

  test('the default objects are there, and say that their levels are', async () => {
    const schemas = (await client.list(flowSchemas, '')).items.map(({ metadata }) => metadata.name);
    assert.deepEqual(schemas, [
      'catch-all',
      'exempt',
      'global-default',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-system-service-accounts',
      'probes',
      'service-accounts',
      'system-leader-election',
      'system-node-high',
      'system-nodes',
    ]);
    const levels = (await client.list(priorityLevelConfigurations, '')).items;
    assert.equal(levels.length, 8);
    await until('conditions', async () => {
      const { items } = await client.list(flowSchemas, '');
      return items.every(({ status }) => status?.conditions?.[0]?.reason === 'Found');
    });
  });

  test('what one user asks for, however much, keeps no other waiting for it', async () => {
    const order: string[] = [];
    const ask = async (user: string, agent: Agent) => {
      const { status } = await wired.send({ path: '/api/v1/pods', headers: as(user), agent });
      assert.equal(status, 200);
      order.push(user);
    };
    const crowd = new Agent({ keepAlive: true, maxSockets: 50 });
    const alone = new Agent({ keepAlive: true });
    await Promise.all([...Array.from({ length: 50 }, () => ask('crowd', crowd)), ask('alone', alone)]);
    order.length = 0;
    const flood = Array.from({ length: 400 }, () => ask('crowd', crowd));
    await ask('alone', alone);
    const before = order.length;
    await Promise.all(flood);
    assert.ok(before < 25, `${before} of 400 were answered before it`);
    crowd.destroy();
    alone.destroy();
  });

  test('every answer names its flow schema and its level', async () => {
    const cases = [
      ['/api/v1/namespaces', {}, 'global-default', 'global-default'],
      ['/api/v1/namespaces', as('root'), 'exempt', 'exempt'],
      ['/readyz', {}, 'probes', 'exempt'],
      ['/api/v1/namespaces/none/pods/none', as('system:node:n', 'system:nodes'), 'system-nodes', 'system'],
      ['/api/v1/nodes/none', as('system:node:n', 'system:nodes'), 'system-node-high', 'node-high'],
    ] as const;
    for (const [path, headers, schema, level] of cases) {
      const answer = await wired.send({ path, headers });
      const uids = [
        (await client.get(flowSchemas, '', schema)).metadata.uid,
        (await client.get(priorityLevelConfigurations, '', level)).metadata.uid,
      ];
      const told = [
        answer.headers['x-kubernetes-pf-flowschema-uid'],
        answer.headers['x-kubernetes-pf-prioritylevel-uid'],
      ];
      assert.deepEqual(told, uids, `${path} ${schema}`);
    }
  });

  test('mandatory objects come back as they were; suggested ones when they are gone', async () => {
    await client.delete(flowSchemas, '', 'probes');
    await until('probes', async () =>
      (await client.list(flowSchemas, '')).items.some(({ metadata }) => metadata.name === 'probes'),
    );
    const level = structuredClone(await client.get(priorityLevelConfigurations, '', 'workload-low'));
    level.spec!.limited!.nominalConcurrencyShares = 7;
    await client.update(priorityLevelConfigurations, level);
    const sharesOf = async () =>
      (await client.get(priorityLevelConfigurations, '', 'workload-low')).spec!.limited!
        .nominalConcurrencyShares;
    await until('the shipped shares', async () => (await sharesOf()) === 100);
    const mine = structuredClone(await client.get(priorityLevelConfigurations, '', 'workload-low'));
    mine.metadata.annotations = { 'apf.kubernetes.io/autoupdate-spec': 'false' };
    mine.spec!.limited!.nominalConcurrencyShares = 8;
    await client.update(priorityLevelConfigurations, mine);
    await sleep(100);
    assert.equal(await sharesOf(), 8);
  });

  test('a schema without its level dangles and matches nothing', async () => {
    await client.create(flowSchemas, schemaFor('astray', 'stray', 'nowhere'));
    const condition = await until('the condition', async () => {
      const { status } = await client.get(flowSchemas, '', 'astray');
      return status?.conditions?.[0];
    });
    assert.equal(condition.status, 'True');
    assert.equal(
      condition.message,
      'This FlowSchema references the PriorityLevelConfiguration object named "nowhere" but there is no such object',
    );
    const answer = await wired.send({ path: '/api/v1/namespaces', headers: as('stray', 'nobody') });
    const { metadata } = await client.get(flowSchemas, '', 'global-default');
    assert.equal(answer.headers['x-kubernetes-pf-flowschema-uid'], metadata.uid);
  });

  test('a level without seats turns away with 429, and others go on', async () => {
    await client.create(priorityLevelConfigurations, {
      metadata: { name: 'closed' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
      },
    } as Partial<PriorityLevelConfiguration>);
    await client.create(flowSchemas, schemaFor('closed', 'unwanted', 'closed'));
    // One request is always let in; a second beside it is not.
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'unwanted' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    await client.create(clusterRoleBindings, { metadata: { name: 'unwanted' }, roleRef, subjects });
    const data = { text: 'x'.repeat(500_000) };
    for (const name of ['long-1', 'long-2']) {
      await client.create(configMaps, { metadata: { name, namespace: 'default' }, data });
    }
    const asked = { ':path': '/api/v1/namespaces/default/configmaps', ...as('unwanted', 'nobody') };
    const session = wired.http2();
    // A client that takes its time to read keeps its seat.
    const first = session.request(asked);
    await once(first, 'response');
    const refused = await sendHttp2(session, asked);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal(refused.text, 'Too many requests, please try again later.\n');
    first.resume();
    await once(first, 'end');
    await until('its seat to be free', async () => (await sendHttp2(session, asked)).status === 200);
    session.close();
    assert.equal((await wired.send({ path: '/api/v1/namespaces' })).status, 200);
    const metrics = (await wired.send({ path: '/metrics' })).text;
    assert.match(
      metrics,
      /^apiserver_flowcontrol_rejected_requests_total\{flow_schema="closed",priority_level="closed",reason="concurrency-limit"\} \d+$/m,
    );
    assert.match(
      metrics,
      /^apiserver_flowcontrol_current_limit_seats\{priority_level="workload-high"\} \d+$/m,
    );
  });
});
