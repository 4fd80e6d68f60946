import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { WiredCluster } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const watching = `${maps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Done`;

const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';

interface Shown {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items?: readonly Shown[];
  readonly rows?: readonly { readonly object: Shown }[];
}

const types = ({ kind, apiVersion, items = [], rows = [] }: Shown): string[] => [
  `${apiVersion} ${kind}`,
  ...items.flatMap(types),
  ...rows.flatMap(row => types(row.object)),
];

suite('objects in other forms', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start({ components: false });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } };
    assert.equal((await wired.send({ method: 'POST', path: maps, body })).status, 201);
  });
  after(() => wired[Symbol.asyncDispose]());

  for (const version of ['v1', 'v1beta1']) {
    test(`are of the version that the client names: ${version}`, async () => {
      const api = `meta.k8s.io/${version}`;
      const shown = async (kind: string, path: string) => {
        const accept = `application/json;as=${kind};g=meta.k8s.io;v=${version}`;
        const { status, text } = await wired.send({ path, headers: { accept } });
        assert.equal(status, 200, text);
        const value = JSON.parse(text) as Shown | { object: Shown };
        return types('object' in value ? value.object : value);
      };
      const metadata = `${api} PartialObjectMetadata`;
      assert.deepEqual(await shown('PartialObjectMetadata', `${maps}/one`), [metadata]);
      assert.deepEqual(await shown('PartialObjectMetadata', watching), [metadata]);
      assert.deepEqual(await shown('PartialObjectMetadataList', maps), [`${metadata}List`, metadata]);
      assert.deepEqual(await shown('Table', `${maps}/one`), [`${api} Table`, metadata]);
      assert.deepEqual(await shown('Table', maps), [`${api} Table`, metadata]);
      assert.deepEqual(await shown('Table', watching), [`${api} Table`, metadata]);
      const accept = `application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=${version}`;
      const { bytes } = await wired.send({ path: `${maps}/one`, headers: { accept } });
      assert.ok(bytes.includes(`\n${String.fromCharCode(api.length)}${api}\x12`), 'the envelope names it');
    });
  }

  test('tell in a table which pods have ended', async () => {
    const path = '/api/v1/namespaces/default/pods';
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    await wired.send({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body: account });
    const body = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ended' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    assert.equal((await wired.send({ method: 'POST', path, body })).status, 201);
    const ending = {
      method: 'PATCH',
      path: `${path}/ended/status`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status: { phase: 'Failed' } },
    };
    assert.equal((await wired.send(ending)).status, 200);
    const { text } = await wired.send({ path, headers: { accept: table } });
    assert.deepEqual(JSON.parse(text).rows[0].conditions, [
      { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
    ]);
  });

  test('come in the order of their precedence where that is theirs, in a table alone', async () => {
    const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
    const cells = JSON.parse((await wired.send({ path, headers: { accept: table } })).text).rows.map(
      ({ cells: [name, , precedence] }: { cells: [string, string, number] }) => [precedence, name],
    );
    assert.equal(cells[0][1], 'exempt');
    assert.equal(cells.at(-1)[1], 'catch-all');
    assert.deepEqual(
      cells.map(([precedence]: [number]) => precedence),
      cells.map(([precedence]: [number]) => precedence).sort((a: number, b: number) => a - b),
    );
    const { items } = JSON.parse((await wired.send({ path })).text);
    assert.notEqual(items[0].metadata.name, 'exempt');
  });

  for (const include of ['None', 'Metadata']) {
    test(`show in a table where what was there ends: ${include}`, async () => {
      const options = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
      const path = `${watching}&${options}&includeObject=${include}`;
      const { text } = await wired.send({ path, headers: { accept } });
      const [added, bookmark] = text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line));
      assert.deepEqual([added.type, bookmark.type], ['ADDED', 'BOOKMARK']);
      assert.equal(added.object.rows[0].object?.metadata.name ?? 'None', include === 'None' ? 'None' : 'one');
      assert.deepEqual(
        [added.object.columnDefinitions.length, bookmark.object.columnDefinitions],
        [bookmark.object.rows[0].cells.length, null],
      );
      const { kind, metadata } = bookmark.object.rows[0].object;
      assert.deepEqual(
        [kind, metadata.annotations],
        ['PartialObjectMetadata', { 'k8s.io/initial-events-end': 'true' }],
      );
    });
  }

  test('are null where a list of Go was never made', async () => {
    const at = async (path: string, as: string) =>
      JSON.parse(
        (await wired.send({ path, headers: { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` } }))
          .text,
      );
    assert.equal((await at('/api/v1/secrets', 'PartialObjectMetadataList')).items, null);
    assert.equal((await at('/api/v1/limitranges', 'Table')).rows, null);
    assert.deepEqual((await at('/api/v1/secrets', 'Table')).rows, []);
  });

  test('show in a table objects as the version has them that is asked for', async () => {
    const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' };
    const spec = { maxReplicas: 3, targetCPUUtilizationPercentage: 7, scaleTargetRef };
    const body = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'one' },
      spec,
    };
    const made = await wired.send({ method: 'POST', path, body });
    assert.equal(made.status, 201, made.text);
    for (const asked of [path, `${path}/one`]) {
      const { text } = await wired.send({
        path: `${asked}?includeObject=Object`,
        headers: { accept: table },
      });
      const [{ cells, object }] = JSON.parse(text).rows;
      assert.equal(cells[2], 'cpu: <unknown>/7%');
      assert.equal(object.apiVersion, 'autoscaling/v1');
      assert.equal(object.spec.targetCPUUtilizationPercentage, 7);
    }
  });

  test('have no table where upstream has none', async () => {
    const resize = '/api/v1/namespaces/default/pods/ended/resize';
    const either = await wired.send({ path: resize, headers: { accept: `${table},application/json` } });
    assert.equal(JSON.parse(either.text).kind, 'Pod');
    assert.equal((await wired.send({ path: resize, headers: { accept: table } })).status, 406);
  });

  test('are not watched as YAML', async () => {
    for (const accept of ['application/yaml', 'application/yaml;as=Table;g=meta.k8s.io;v=v1']) {
      const answer = await wired.send({ path: watching, headers: { accept } });
      assert.equal(answer.status, 406);
      assert.match(
        answer.text,
        /application\/json;stream=watch,\s+application\/vnd.kubernetes.protobuf;stream=watch/,
      );
    }
  });

  test('of metadata are those of one object, or of a list', async () => {
    const as = (path: string, kind: string) =>
      wired.send({ path, headers: { accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` } });
    const list = await as('/api/v1/namespaces', 'PartialObjectMetadata');
    const why =
      'you requested PartialObjectMetadata, but the requested object is a list (*core.NamespaceList)';
    assert.deepEqual([list.status, list.json.message], [406, why]);
    const one = await as('/api/v1/namespaces/default', 'PartialObjectMetadataList');
    const not =
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Namespace)';
    assert.deepEqual([one.status, one.json.message], [406, not]);
    assert.equal((await as('/api/v1/namespaces', 'PartialObjectMetadataList')).status, 200);
    assert.equal((await as('/api/v1/namespaces/default', 'PartialObjectMetadata')).status, 200);
  });

  test('have rows with what there is to include', async () => {
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
    const answer = await wired.send({ path: `${maps}?includeObject=All`, headers: { accept } });
    assert.deepEqual(
      [answer.status, answer.json.message],
      [
        400,
        `Unable to convert to Table as requested: includeObject: Invalid value: "All": must be 'Metadata', 'Object', 'None', or empty`,
      ],
    );
  });
});
