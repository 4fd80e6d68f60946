import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WiredCluster } from './wire.ts';

/** Of the API server's families that upstream calls stable, each with its labels. */
const stable: Readonly<Record<string, string>> = {
  apiserver_admission_controller_admission_duration_seconds: 'name operation rejected type',
  apiserver_admission_step_admission_duration_seconds: 'operation rejected type',
  apiserver_current_inflight_requests: 'request_kind',
  apiserver_longrunning_requests: 'component group resource scope subresource verb version',
  apiserver_request_duration_seconds: 'component dry_run group resource scope subresource verb version',
  apiserver_request_total: 'code component dry_run group resource scope subresource verb version',
  apiserver_requested_deprecated_apis: 'group removed_release resource subresource version',
  apiserver_response_sizes: 'component group resource scope subresource verb version',
  apiserver_storage_objects: 'resource',
  apiserver_storage_size_bytes: 'storage_cluster_id',
};

/** The same of those that upstream calls beta, the controllers' among them, which tell something without being asked to. */
const beta: Readonly<Record<string, string>> = {
  apiserver_flowcontrol_nominal_limit_seats: 'priority_level',
  apiserver_storage_events_received_total: 'group resource',
  apiserver_validation_declarative_validation_mismatch_total: '',
  apiserver_validation_declarative_validation_panic_total: '',
  disabled_metrics_total: '',
  endpoint_slice_controller_desired_endpoint_slices: '',
  endpoint_slice_controller_endpoints_added_per_sync: 'le',
  endpoint_slice_controller_endpoints_desired: '',
  endpoint_slice_controller_endpoints_removed_per_sync: 'le',
  endpoint_slice_controller_num_endpoint_slices: '',
  endpoint_slice_controller_services_count_by_traffic_distribution: 'traffic_distribution',
  hidden_metrics_total: '',
  kubernetes_build_info:
    'build_date compiler git_commit git_tree_state git_version go_version major minor platform',
  registered_metrics_total: 'deprecated_version stability_level',
  workqueue_adds_total: 'name',
  workqueue_depth: 'name',
  workqueue_longest_running_processor_seconds: 'name',
  workqueue_queue_duration_seconds: 'le name',
  workqueue_retries_total: 'name',
  workqueue_unfinished_work_seconds: 'name',
  workqueue_work_duration_seconds: 'le name',
};

const maps = '/api/v1/namespaces/default/configmaps';

async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await ask()) return;
    await delay(20);
  }
  assert.fail(`${what} has not come`);
}

describe('what /metrics tells', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start();
  });
  after(() => wired[Symbol.asyncDispose]());

  const metrics = async () => (await wired.send({ path: '/metrics' })).text;
  /** The value of the only sample with these labels among others. */
  async function sampleOf(
    name: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<number | undefined> {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const found = (await metrics())
      .split('\n')
      .filter(line => line.startsWith(`${name}{`) && wanted.every(part => line.includes(part)));
    assert.ok(found.length <= 1, found.join('\n'));
    return found[0] === undefined ? undefined : Number(found[0].slice(found[0].lastIndexOf(' ')));
  }

  test('every stable family of upstream’s API server, with its labels', async () => {
    await wired.send({ path: '/api/v1/componentstatuses' });
    await wired.send({ method: 'POST', path: maps, body: { metadata: { name: 'a' } } });
    const text = await metrics();
    for (const [name, labels] of Object.entries(stable)) {
      assert.match(text, new RegExp(`^# HELP ${name} \\[STABLE\\] `, 'm'));
      const sample = new RegExp(`^${name}(?:_count)?\\{(.*)\\} `, 'm').exec(text);
      const told = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label!);
      assert.equal(told.sort().join(' '), labels, name);
    }
    for (const other of ['process_resident_memory_bytes', 'workqueue_adds_total', 'kubernetes_build_info'])
      assert.match(text, new RegExp(`^# TYPE ${other} `, 'm'));
  });

  test('every beta family, with its labels', async () => {
    const spec = { selector: { a: 'b' }, ports: [{ port: 80 }], trafficDistribution: 'PreferSameNode' };
    const body = { metadata: { name: 's' }, spec };
    await wired.send({ method: 'POST', path: '/api/v1/namespaces/default/services', body });
    const labelsOf = (text: string, name: string) => {
      const [, labels] = new RegExp(`^${name}(?:_bucket)?(?:\\{(.*)\\})? `, 'm').exec(text) ?? [];
      return [...(labels ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label!);
    };
    const isHelped = (text: string, name: string) => text.includes(`# HELP ${name} [BETA] `);
    await until('what the controllers tell', async () => {
      const text = await metrics();
      return Object.keys(beta).every(name => isHelped(text, name));
    });
    const text = await metrics();
    for (const [name, labels] of Object.entries(beta))
      assert.equal(labelsOf(text, name).sort().join(' '), labels, name);
    const tells = (line: string) => assert.ok(text.split('\n').includes(line), line);
    tells(
      'endpoint_slice_controller_services_count_by_traffic_distribution{traffic_distribution="PreferSameNode"} 1',
    );
    tells('endpoint_slice_controller_num_endpoint_slices 1');
    for (const other of [
      'etcd_request_duration_seconds_sum',
      'process_open_fds',
      'process_virtual_memory_bytes',
    ])
      assert.match(text, new RegExp(`^${other}`, 'm'));
  });

  test('an apply is no patch, and a deletion of many is a deletion', async () => {
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } };
    const path = `${maps}/b?fieldManager=m`;
    const answer = await wired.send({ method: 'PATCH', path, headers: apply, body });
    assert.equal(answer.status, 201);
    const of = { resource: 'configmaps', component: 'apiserver', dry_run: '' };
    assert.equal(await sampleOf('apiserver_request_total', { ...of, verb: 'APPLY', code: '201' }), 1);
    assert.equal(await sampleOf('apiserver_request_total', { ...of, verb: 'PATCH' }), undefined);
    await wired.send({ method: 'DELETE', path: `${maps}?labelSelector=none` });
    const many = { ...of, verb: 'DELETE', scope: 'namespace' };
    assert.equal(await sampleOf('apiserver_request_total', many), 1);
  });

  test('the sizes of answers to reads', async () => {
    const { bytes } = await wired.send({ path: `${maps}/a` });
    const of = { resource: 'configmaps', verb: 'GET', scope: 'resource' };
    assert.equal(await sampleOf('apiserver_response_sizes_sum', of), bytes.length);
    assert.equal(await sampleOf('apiserver_response_sizes_count', { ...of, verb: 'POST' }), undefined);
  });

  test('how long answers took, dry runs aside', async () => {
    const of = { resource: 'configmaps', verb: 'POST' };
    const before = await sampleOf('apiserver_request_sli_duration_seconds_count', of);
    const body = { metadata: { name: 'c' } };
    await wired.send({ method: 'POST', path: `${maps}?dryRun=All`, body });
    assert.equal(await sampleOf('apiserver_request_duration_seconds_count', { ...of, dry_run: 'All' }), 1);
    assert.equal(await sampleOf('apiserver_request_sli_duration_seconds_count', of), before);
  });

  test('watches that are open, by where they look', async () => {
    const of = { resource: 'configmaps', verb: 'WATCH', scope: 'namespace' };
    assert.equal(await sampleOf('apiserver_longrunning_requests', of), undefined);
    const session = wired.http2();
    const stream = session.request({ ':path': `${maps}?watch=true` });
    await until('the watch', async () => (await sampleOf('apiserver_longrunning_requests', of)) === 1);
    assert.equal(await sampleOf('apiserver_request_total', of), undefined);
    stream.close();
    await until('its end', async () => (await sampleOf('apiserver_longrunning_requests', of)) === 0);
    assert.equal(await sampleOf('apiserver_request_total', { ...of, code: '200' }), 1);
    assert.equal(await sampleOf('apiserver_request_duration_seconds_count', of), 1);
    assert.equal(await sampleOf('apiserver_request_sli_duration_seconds_count', of), undefined);
    session.close();
  });

  test('what only some requests tell of', async () => {
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const session = wired.http2();
    const stream = session.request({ ':path': `${maps}?${query}` });
    const listed = 'apiserver_watch_list_duration_seconds_count';
    const of = { group: '', version: 'v1', resource: 'configmaps', scope: 'namespace' };
    await until('the list', async () => (await sampleOf(listed, of)) === 1);
    stream.close();
    session.close();
    const events = await sampleOf('apiserver_storage_events_received_total', {
      group: '',
      resource: 'configmaps',
    });
    assert.ok(events! >= 1);
    const sent = await sampleOf('apiserver_watch_events_total', {
      group: '',
      version: 'v1',
      resource: 'configmaps',
    });
    // What there was already, and the bookmark after it.
    assert.ok(sent! >= 2, String(sent));
  });

  test('who asks, and what they may', async () => {
    const told = async () => {
      const results = async (name: string, label: string, values: readonly string[]) =>
        Promise.all(values.map(async value => (await sampleOf(name, { [label]: value })) ?? 0));
      return [
        ...(await results('authentication_attempts', 'result', ['failure', 'error'])),
        ...(await results('authorization_attempts_total', 'result', ['no-opinion'])),
        ...(await results('authentication_duration_seconds_count', 'result', ['failure', 'error'])),
        ...(await results('authorization_duration_seconds_count', 'result', ['no-opinion'])),
        ...(await results('authenticated_user_requests', 'username', ['email_id'])),
      ];
    };
    const before = await told();
    const ask = (headers: Readonly<Record<string, string>>, anonymous = false) =>
      wired.send({ path: maps, headers, anonymous });
    assert.equal((await ask({}, true)).status, 401);
    assert.equal((await ask({ authorization: 'Bearer none' }, true)).status, 401);
    assert.equal((await ask({ 'impersonate-user': 'jane@example.com' })).status, 403);
    const after = await told();
    assert.deepEqual(
      after.map((count, i) => count - before[i]!),
      [1, 1, 1, 1, 1, 1, 1],
    );
    const lifetimes = 'apiserver_client_certificate_expiration_seconds';
    assert.equal(await sampleOf(`${lifetimes}_bucket`, { le: '0' }), 0);
    assert.match(await metrics(), new RegExp(`^${lifetimes}_count [1-9]`, 'm'));
  });

  test('how long rules of custom resources take', async () => {
    const count = async (what: string) =>
      Number(
        new RegExp(`^apiserver_cel_${what}_duration_seconds_count (\\d+)$`, 'm').exec(await metrics())?.[1],
      );
    assert.deepEqual([await count('compilation'), await count('evaluation')], [0, 0]);
    const rules = [{ rule: 'self.size > 0' }];
    const schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { size: { type: 'integer' } },
          'x-kubernetes-validations': rules,
        },
      },
    };
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }];
    const names = { plural: 'boats', singular: 'boat', kind: 'Boat' };
    const body = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boats.example.com' },
      spec: { group: 'example.com', scope: 'Cluster', names, versions },
    };
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await wired.send({ method: 'POST', path: definitions, body });
    const path = '/apis/example.com/v1/boats';
    await until('boats', async () => (await wired.send({ path })).status === 200);
    for (const size of [1, 0]) {
      const boat = {
        apiVersion: 'example.com/v1',
        kind: 'Boat',
        metadata: { name: `b${size}` },
        spec: { size },
      };
      await wired.send({ method: 'POST', path, body: boat });
    }
    assert.deepEqual([await count('compilation'), await count('evaluation')], [1, 2]);
  });
});
