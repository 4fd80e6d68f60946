import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { WiredCluster } from './wire.ts';

const services = '/api/v1/namespaces/default/services';
const maps = '/api/v1/namespaces/default/configmaps';
const patches = 'application/';

suite('texts are as Go writes them', () => {
  let wired: WiredCluster;
  const patch = (path: string, type: string, body: string) =>
    wired.send({ method: 'PATCH', path, headers: { 'content-type': `${patches}${type}` }, body });
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    const object = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'one' },
      spec: { ports: [{ port: 80 }] },
    };
    assert.equal((await wired.send({ method: 'POST', path: services, body: object })).status, 201);
  });
  after(() => wired[Symbol.asyncDispose]());

  test('defaults stand where the type has them, and maps are sorted', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'two', labels: { b: '1', a: '2' } },
      spec: { selector: { b: '1', a: '2' }, ports: [{ port: 80, name: 'x' }] },
    };
    const { text } = await wired.send({ method: 'POST', path: `${services}?dryRun=All`, body: object });
    assert.match(text, /"labels":\{"a":"2","b":"1"\}/);
    assert.match(
      text,
      /"spec":\{"ports":\[\{"name":"x","protocol":"TCP","port":80,"targetPort":80\}\],"selector":\{"a":"2","b":"1"\},"clusterIP":/,
    );
  });

  test('what could end a script in HTML is escaped, in objects, lists, events and refusals', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'html' },
      data: { a: '<&>\u2028' },
    };
    const escaped = '"data":{"a":"\\u003c\\u0026\\u003e\\u2028"}';
    const made = await wired.send({ method: 'POST', path: maps, body: object });
    assert.ok(made.text.includes(escaped), made.text);
    for (const path of [`${maps}/html`, maps, `${maps}/html?pretty=true`]) {
      const { text, json } = await wired.send({ method: 'GET', path });
      assert.ok(text.includes('\\u003c\\u0026\\u003e\\u2028'), text);
      assert.ok(!/[<>&]/.test(text), text);
      assert.ok(json);
    }
    const { text } = await wired.send({ method: 'GET', path: `${maps}/a%3Cb` });
    assert.ok(text.includes('configmaps \\"a\\u003cb\\" not found'), text);
  });

  test('of what was patched, a refusal has in order what the patch looked into, and all else as it is', async () => {
    const ports = '"ports":[{"protocol":"TCP","port":80,"targetPort":80}]';
    const cases = [
      ['merge-patch+json', '{"spec":{"type":5}}'],
      ['json-patch+json', '[{"op":"replace","path":"/spec/type","value":5}]'],
    ] as const;
    for (const [type, body] of cases) {
      const { status, json } = await patch(`${services}/one`, type, body);
      assert.equal(status, 422);
      const shown = JSON.parse(/Invalid value: ("(?:[^"\\]|\\.)*")/.exec(json.message!)![1]!) as string;
      assert.match(shown, /^\{"apiVersion":"v1","kind":"Service","metadata":\{"name":"one","namespace":/);
      assert.ok(
        shown.includes(`"ipFamilyPolicy":"SingleStack",${ports},"sessionAffinity":"None","type":5}`),
        shown,
      );
    }
  });

  test('of two wrong values in a patched text, the first by its order is told', async () => {
    const body = '{"spec":{"type":5,"clusterIP":5}}';
    const { json } = await patch(`${services}/one`, 'merge-patch+json', body);
    assert.match(
      json.message!,
      /: json: cannot unmarshal number into Go struct field ServiceSpec\.spec\.clusterIP of/,
    );
  });

  test('of a strategic patch, a refusal shows what is left of it when it is merged', async () => {
    const order = '"$setElementOrder/ports":[{"port":80}]';
    const labels = '"metadata":{"labels":{"a":null,"b":"c"}}';
    const body = `{${labels},"spec":{"$retainKeys":["ports","publishNotReadyAddresses"],${order},"ports":[{"port":80}],"publishNotReadyAddresses":5}}`;
    const { json } = await patch(`${services}/one`, 'strategic-merge-patch+json', body);
    const shown = 'map[metadata:map[labels:map[b:c]] spec:map[publishNotReadyAddresses:5]]';
    assert.ok(json.message!.includes(`Invalid value: "${shown}": `), json.message ?? '');
  });

  test('what is no text where a uid belongs is told by the name of its type', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', uid: {} } };
    const { json } = await wired.send({ method: 'POST', path: maps, body: object });
    assert.match(json.message!, /Go struct field ObjectMeta\.metadata\.uid of type types\.UID$/);
  });

  test('an integer goes round where a patch or an applied object is converted, and is refused where it is decoded', async () => {
    const many =
      '{"spec":{"sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":4294967297}}}}';
    const path = `${services}/one?dryRun=All&fieldManager=m`;
    const applied = many.replace('{', '{"apiVersion":"v1","kind":"Service","metadata":{"name":"one"},');
    for (const [type, body] of [
      ['strategic-merge-patch+json', many],
      ['apply-patch+yaml', applied],
    ] as const) {
      const { status, text } = await patch(
        type.startsWith('apply') ? `${path}&force=true` : path,
        type,
        body,
      );
      assert.equal(status, 200, text);
      assert.ok(text.includes('"timeoutSeconds":1}'), text);
    }
    assert.equal((await patch(path, 'merge-patch+json', many)).status, 422);
  });
});
