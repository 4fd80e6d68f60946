import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../generated/types/admissionregistration.v1.ts';
import { createErrors, created } from '../testing.ts';
import { validatingWebhookConfigurationResource } from './validating-webhook-configuration.ts';

const configuration = (webhook: Partial<ValidatingWebhook> = {}): ValidatingWebhookConfiguration => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'w' },
  webhooks: [
    {
      name: 'check.example.com',
      clientConfig: { service: { name: 's', namespace: 'n' } },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...webhook,
    },
  ],
});

test('defaults', () => {
  const [webhook] = created(validatingWebhookConfigurationResource, configuration()).webhooks!;
  assert.deepEqual(
    [
      webhook!.failurePolicy,
      webhook!.matchPolicy,
      webhook!.timeoutSeconds,
      webhook!.clientConfig.service?.port,
    ],
    ['Fail', 'Equivalent', 10, 443],
  );
  assert.deepEqual([webhook!.namespaceSelector, webhook!.objectSelector], [{}, {}]);
  assert.equal(webhook!.rules?.[0]?.scope, '*');
});

test('refused', () => {
  const errors = createErrors(
    validatingWebhookConfigurationResource,
    configuration({
      name: 'short',
      sideEffects: '',
      timeoutSeconds: 31,
      clientConfig: { url: 'http://example.com/?a=b' },
      admissionReviewVersions: ['v9'],
      rules: [
        { operations: ['*', 'CREATE'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*', 'pods'] },
      ],
    }),
  );
  assert.deepEqual(errors, [
    'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots',
    `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
    `webhooks[0].rules[0].resources: Invalid value: ["*/*","pods"]: if '*/*' is present, must not specify other resources`,
    'webhooks[0].sideEffects: Unsupported value: "": supported values: "None", "NoneOnDryRun"',
    'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
    `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
    'webhooks[0].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
  ]);
});

test('wildcards stand alone', () => {
  const errorsOf = (resources: string[], apiVersions = ['v1']) =>
    createErrors(
      validatingWebhookConfigurationResource,
      configuration({ rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions, resources }] }),
    );
  const at = 'webhooks[0].rules[0]';
  assert.deepEqual(errorsOf(['*', 'pods/status', 'nodes/*', '*/scale']), []);
  assert.deepEqual(errorsOf(['pods/*', 'pods/log', '*/scale', 'jobs/scale']), [
    `${at}.resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
    `${at}.resources[3]: Invalid value: "jobs/scale": if '*/scale' is present, must not specify jobs/scale`,
  ]);
  assert.deepEqual(errorsOf(['*', 'pods']), [
    `${at}.resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
  ]);
  assert.deepEqual(errorsOf(['pods'], ['']), [`${at}.apiVersions[0]: Required value`]);
});

test('versions of reviews are named once', () => {
  const errorsOf = (...admissionReviewVersions: string[]) =>
    createErrors(validatingWebhookConfigurationResource, configuration({ admissionReviewVersions }));
  assert.deepEqual(errorsOf('v1', 'v2', 'v2'), [
    'webhooks[0].admissionReviewVersions[2]: Invalid value: "v2": duplicate version',
  ]);
});

test('side effects that are not told are asked for, as they are decoded too', () => {
  for (const sideEffects of [undefined, null]) {
    const errors = createErrors(
      validatingWebhookConfigurationResource,
      configuration({ sideEffects: sideEffects as never }),
    );
    assert.deepEqual(errors, [
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
    ]);
  }
});

const clientErrors = (clientConfig: ValidatingWebhook['clientConfig']) =>
  createErrors(validatingWebhookConfigurationResource, configuration({ clientConfig })).map(text =>
    text.replace(/^webhooks\[0\]\.clientConfig\./, ''),
  );

test('the path of a service is made of subdomains', () => {
  const pathErrors = (path: string) =>
    clientErrors({ service: { name: 's', namespace: 'n', path } }).map(text =>
      text.replace(/^service\.path: Invalid value: ".*?": /, '').replace(/ a lowercase.*/, ''),
    );
  for (const path of ['', '/', '/a', '/a.b/c/']) assert.deepEqual(pathErrors(path), [], path);
  assert.deepEqual(pathErrors('//'), ['segment[0] may not be empty']);
  assert.deepEqual(pathErrors('/a//B'), ['segment[1] may not be empty', 'segment[2]:']);
  assert.deepEqual(pathErrors('ab'), ["must start with a '/'"]);
});

test('a service without a name is said to have no namespace, and the other way round', () => {
  assert.deepEqual(clientErrors({ service: { name: '', namespace: 'n' } }), [
    'service.namespace: Required value',
  ]);
  assert.deepEqual(clientErrors({ service: { name: 's', namespace: '' } }), ['service.name: Required value']);
});

test('a URL is told apart from what only looks like one', () => {
  const form = '; desired format: https://host[/path]';
  const why = (url: string) => clientErrors({ url });
  assert.deepEqual(why('https://h/p'), []);
  assert.deepEqual(why('//h/p'), [`url: Invalid value: "": 'https' is the only allowed URL scheme${form}`]);
  for (const [url, reason] of [
    ['50%', 'invalid URL escape "%"'],
    ['2001:db8::1', 'first path segment in URL cannot contain colon'],
    ['a\nb', 'net/url: invalid control character in URL'],
  ] as const) {
    const shown = JSON.stringify(url);
    assert.deepEqual(why(url), [
      `url: Required value: url must be a valid URL: parse ${shown}: ${reason}${form}`,
    ]);
  }
});
