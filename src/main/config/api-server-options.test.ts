import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '#cli/core/flags.ts';
import {
  type ApiServerConfig,
  apiServerFlags,
  apiServerFromFlags,
  apiServerShape,
  printedFlags,
} from './api-server-options.ts';
import { readApiServer } from './api-server-config.ts';
import { FieldPath } from '#machinery/field.ts';

const problems = (config: object) => apiServerShape(config, FieldPath.of('apiServer'));

test('what is wrong with a setting is told by its field, as upstream words it', () => {
  for (const [config, problem] of [
    [{ goawayChance: 0.5 }, 'goawayChance: Invalid value: 0.5: can not be less than 0 or greater than 0.02'],
    [{ requestTimeout: '-1s' }, 'requestTimeout: Invalid value: "-1s": can not be negative value'],
    [{ requestTimeout: 'soon' }, 'requestTimeout: Invalid value: "soon": time: invalid duration "soon"'],
    [{ maxRequestsInflight: -1 }, 'maxRequestsInflight: Invalid value: -1: can not be negative value'],
    [
      { serviceAccountMaxTokenExpiration: '59m' },
      'serviceAccountMaxTokenExpiration: Invalid value: "59m": must be between 1 hour and 2^32 seconds',
    ],
    [
      { serviceAccountIssuer: ['https://a', 'https://a'] },
      'serviceAccountIssuer[1]: Duplicate value: "https://a"',
    ],
    [
      { serviceAccountJwksUri: 'http://a' },
      'serviceAccountJwksUri: Invalid value: "http://a": requires https scheme, parsed as: http://a',
    ],
    [{ tlsMinVersion: 'TLS13' }, 'tlsMinVersion: Invalid value: "TLS13": unknown tls version "TLS13"'],
    [
      { tlsCipherSuites: ['RC4'] },
      'tlsCipherSuites[0]: Invalid value: "RC4": Cipher suite RC4 not supported or doesn\'t exist',
    ],
    [
      { corsAllowedOrigins: ['example'] },
      'corsAllowedOrigins[0]: Invalid value: "example": regular expression does not pin to start/end of host in the origin header',
    ],
    [
      { strictTransportSecurityDirectives: [''] },
      'strictTransportSecurityDirectives[0]: Invalid value: "": empty value',
    ],
    [{ runtimeConfig: { 'apps/v1': 1 } }, 'runtimeConfig[apps/v1]: Invalid value: 1: must be a string'],
    [{ eventTtl: '1ms' }, 'eventTtl: Invalid value: "1ms": must be a second at least'],
  ] as const) {
    assert.deepEqual(problems(config), [`apiServer.${problem}`]);
  }
});

test('what only a look at the rest tells is told by its field too', async () => {
  for (const [config, problem] of [
    [
      { runtimeConfig: { 'foo/v1': 'true' } },
      'runtimeConfig[foo/v1]: Invalid value: "true": unknown api groups foo/v1',
    ],
    [
      { runtimeConfig: { 'apps/v7': true } },
      'runtimeConfig[apps/v7]: Invalid value: "true": group version apps/v7 that has not been registered',
    ],
    [
      { runtimeConfig: { 'api/all': false } },
      'runtimeConfig: Invalid value: {"api/all":"false"}: invalid runtime-config with only api/all=false',
    ],
    [{ runtimeConfig: { v1: false } }, "runtimeConfig: Forbidden: the cluster's own parts need bindings"],
    [
      { featureGates: { Foo: true } },
      'featureGates[Foo]: Invalid value: true: unrecognized feature gate: Foo',
    ],
    [
      { featureGates: { ServerSideApply: true, APIServerTracing: false } },
      'featureGates[APIServerTracing]: Invalid value: false: cannot set feature gate APIServerTracing to false, feature is locked to true',
    ],
    [
      { clientCaFile: '/dev/null' },
      'clientCaFile: Invalid value: "/dev/null": data does not contain any valid RSA or ECDSA certificates',
    ],
    [
      { corsAllowedOrigins: ['^(://$'] },
      'corsAllowedOrigins[0]: Invalid value: "^(://$": has an invalid regular expression: ',
    ],
  ] as const) {
    await assert.rejects(readApiServer(config, '/'), (error: Error) => {
      assert.ok(error.message.includes(`apiServer.${problem}`), error.message);
      return true;
    });
  }
});

test('a setting is a field and a flag, and /flagz tells it as pflag would', () => {
  const words = [
    '--runtime-config=api/beta=true,batch/v1=false',
    '--request-timeout=90s',
    '--goaway-chance=0.01',
    '--service-account-issuer=https://a,b',
    '--service-account-issuer=https://c',
    '--service-account-extend-token-expiration=false',
    '--cors-allowed-origins=^https://a$,^https://b$',
    '--client-ca-file=/a/ca.crt',
  ];
  const given: ApiServerConfig = apiServerFromFlags(parseArguments(words, apiServerFlags).flags);
  assert.deepEqual(given, {
    serviceAccountIssuer: ['https://a,b', 'https://c'],
    serviceAccountExtendTokenExpiration: false,
    clientCaFile: '/a/ca.crt',
    runtimeConfig: { 'api/beta': 'true', 'batch/v1': 'false' },
    requestTimeout: '1m30s',
    goawayChance: 0.01,
    corsAllowedOrigins: ['^https://a$', '^https://b$'],
  });
  assert.deepEqual(problems(given), []);
  const usual = parseArguments([], apiServerFlags).flags;
  assert.deepEqual(apiServerFromFlags(usual), {});
  assert.equal(usual.texts()['min-request-timeout'], '1800');
  assert.equal(usual.texts()['event-ttl'], '1h0m0s');
  assert.equal(usual.texts()['service-account-extend-token-expiration'], 'true');
  const printed = printedFlags(given);
  assert.equal(printed['runtime-config'], 'api/beta=true,batch/v1=false');
  assert.equal(printed['service-account-issuer'], '[https://a,b,https://c]');
  assert.equal(printed['request-timeout'], '1m30s');
  assert.equal(printed['event-ttl'], '1h0m0s');
  assert.equal(printed['tls-cipher-suites'], '[]');
});
