import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WiredCluster } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const map = (data: string) =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":${data}}}`;

test('bytes that are no text of their type are refused', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const send = (method: string, type: string, body: string | Uint8Array, path = '') =>
    wired.send({ method, path: `${maps}${path}`, headers: { 'content-type': `application/${type}` }, body });
  const made = await send('POST', 'json', Buffer.from(map('"\xff"'), 'latin1'));
  assert.equal(made.status, 201, made.text);
  assert.equal((JSON.parse(made.text) as { data: { a: string } }).data.a, '\ufffd', 'as Go reads JSON');
  const noJson = /invalid character 'ï' looking for beginning of value/;
  const noUtf8 = /error converting YAML to JSON: yaml: invalid leading UTF-8 octet/;
  const noNumber = /error converting YAML to JSON: json: unsupported value: \+Inf/;
  const refused = [
    [await send('POST', 'json', `\ufeff${map('""')}`), noJson],
    [await send('PATCH', 'merge-patch+json', '\ufeff{}', '/a'), noJson],
    [await send('POST', 'yaml', Buffer.from(map('"\xff"'), 'latin1')), /: yaml: invalid leading UTF-8 octet/],
    [
      await send('PATCH', 'apply-patch+yaml', Buffer.from(map('"\xff"'), 'latin1'), '/a?fieldManager=m'),
      noUtf8,
    ],
    [await send('PATCH', 'apply-patch+yaml', map('.inf'), '/a?fieldManager=m'), noNumber],
  ] as const;
  for (const [{ status, text }, message] of refused) {
    assert.equal(status, 400, text);
    assert.match((JSON.parse(text) as { message: string }).message, message);
  }
});

test('what is wrong with a body in protobuf is told of the kind that it says that it is, in the names of Go', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const send = (method: string, path: string, body: Uint8Array) => {
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    return wired.send({ method, path: `${maps}${path}`, headers, body });
  };
  // A ConfigMap around a message.
  const around = (message: string) =>
    Buffer.from(
      `k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12${String.fromCharCode(message.length)}${message}`,
      'latin1',
    );
  const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): ';
  const unhandled = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';
  const refused = [
    ['POST', Buffer.from(''), `${unrecognized}empty data (<empty>)`],
    ['POST', Buffer.from('k8s\0'), `${unrecognized}empty body (6b387300)`],
    [
      'POST',
      Buffer.from('k8s\0\x0b'),
      `${unrecognized}proto: wrong wireType = 3 for field TypeMeta (6b3873000b)`,
    ],
    ['POST', around('\n\x7f'), `${unhandled}unexpected EOF`],
    ['POST', around('\n\x02\x28\x01'), `${unhandled}proto: wrong wireType = 0 for field UID`],
    ['POST', around('\n\x02\x00\x01'), `${unhandled}proto: ObjectMeta: illegal tag 0 (wire type 0)`],
    ['DELETE', Buffer.from('k8s\0\n\x05'), 'unexpected EOF'],
  ] as const;
  for (const [method, body, message] of refused) {
    const { status, text } = await send(method, method === 'DELETE' ? '/a' : '', body);
    assert.equal(status, 400, text);
    assert.equal((JSON.parse(text) as { message: string }).message, message);
  }
});

test('who deletes a job without saying what becomes of its pods is warned', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const jobs = '/apis/batch/v1/namespaces/default/jobs';
  const warned = async (path: string) => {
    const { status, headers } = await wired.send({ method: 'DELETE', path: `${jobs}${path}` });
    return [status, String(headers.warning ?? '').slice(0, 44)];
  };
  assert.deepEqual(await warned('/none'), [404, '299 - "child pods are preserved by default w']);
  assert.deepEqual(await warned('/none?propagationPolicy=Background'), [404, '']);
  assert.deepEqual(await warned(''), [200, '299 - "child pods are preserved by default w']);
});
