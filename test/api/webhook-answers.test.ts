import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Reviewer } from '#test/webhook-server.ts';
import { HookedCluster, maps, ok } from './hooked-cluster.ts';

describe('answers of webhooks', () => {
  let hooked: HookedCluster;
  before(async () => {
    hooked = await HookedCluster.start();
  });
  after(() => hooked[Symbol.asyncDispose]());
  afterEach(() => hooked.clear());

  const review = (uid: string, more = '"allowed":true', kind = 'AdmissionReview', version = 'v1') =>
    `{"apiVersion":"admission.k8s.io/${version}","kind":"${kind}","response":{"uid":"${uid}",${more}}}`;
  const told = async (reviewer: Reviewer, more: object = {}) => {
    await hooked.clear();
    await hooked.configure('validating', 'v', hooked.hook('a', reviewer, more));
    const { status, json } = await hooked.create('a', { own: 'x' });
    return [status, json.message?.replace(/^.*: failed to call webhook: /, '')];
  };
  const raw = (body: (uid: string) => string, more: object = {}): Reviewer => {
    return ({ uid }) => ({ raw: { status: 200, body: body(uid), ...more } });
  };

  test('are decoded as the API decodes what clients send', async () => {
    const scheme = 'in scheme "k8s.io/apiserver/pkg/util/webhook/client.go:71"';
    const cases: [(uid: string) => string, string | undefined][] = [
      [
        uid =>
          `kind: AdmissionReview\napiVersion: admission.k8s.io/v1\nresponse: {uid: ${uid}, allowed: true}`,
        undefined,
      ],
      [
        uid => review(uid, '"allowed":"yes"'),
        'json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool',
      ],
      [
        uid => review(uid, undefined, 'Foo'),
        `no kind "Foo" is registered for version "admission.k8s.io/v1" ${scheme}`,
      ],
      [
        uid => review(uid, undefined, undefined, 'v2'),
        `no kind "AdmissionReview" is registered for version "admission.k8s.io/v2" ${scheme}`,
      ],
      [
        uid => review(uid, undefined, undefined, 'v1beta1'),
        'converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion',
      ],
      [
        () => '{"apiVersion":"v1","kind":"Status"}',
        'converting (v1.Status) to (v1.AdmissionReview): unknown conversion',
      ],
      [
        () => '[]',
        'couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
      ],
    ];
    for (const [body, message] of cases) {
      assert.deepEqual(await told(raw(body)), [message === undefined ? 201 : 500, message]);
    }
  });

  test('lead elsewhere as far as a client follows', async () => {
    const other = hooked.server.clientConfig('/other', () => ({
      allowed: false,
      status: { message: 'seen' },
    }));
    const to = (status: number, location: string) => raw(() => '', { status, headers: { location } });
    const denied = 'admission webhook "a.example.com" denied the request: seen';
    assert.deepEqual(await told(to(307, other.url)), [400, denied]);
    assert.deepEqual(await told(to(308, '/other')), [400, denied]);
    assert.deepEqual(hooked.server.calls.map(({ path }) => path).slice(1), ['/other']);
    hooked.server.clientConfig('/loop', to(307, '/loop'));
    assert.match(String((await told(to(307, '/loop')))[1]), /: stopped after 10 redirects$/);
    assert.match(String((await told(to(307, 'http://127.0.0.1:1/')))[1]), /status code 307 but/);
  });

  test('that say when the webhook has time have it asked again', async () => {
    let asked = 0;
    const busy: Reviewer = () =>
      ++asked % 3 === 0 ? {} : { raw: { status: 429, body: '', headers: { 'retry-after': '0' } } };
    assert.deepEqual(await told(busy), [201, undefined]);
    assert.equal(asked, 3);
    const never = raw(() => '', { status: 503, headers: { 'retry-after': '0' } });
    assert.deepEqual(await told(never), [500, 'the server is currently unable to handle the request']);
    assert.equal(hooked.server.calls.length, 11);
  });

  test('warn of what a header can hold', async () => {
    const warnings = ['one', 'two\nlines', '', 'one'];
    await hooked.configure(
      'validating',
      'v',
      hooked.hook('a', () => ({ warnings })),
    );
    const { headers } = await ok(hooked.create('a', {}));
    assert.equal(headers.warning, '299 - "one"');
  });

  test('keep what they say of a refusal beside its text', async () => {
    const status = { message: 'no', code: 403, metadata: { resourceVersion: '7' } };
    await hooked.configure(
      'validating',
      'v',
      hooked.hook('a', () => ({ allowed: false, status })),
    );
    const { json } = await hooked.create('a', {});
    assert.deepEqual([json.code, json.metadata], [403, { resourceVersion: '7' }]);
    assert.equal((await hooked.send('GET', `${maps}/a`)).status, 404);
  });
});
