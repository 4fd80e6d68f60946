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
    [await send('POST', 'yaml', Buffer.from(map('"\xff"'), 'latin1')), noUtf8],
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
