import type { Flag, FlagValues } from '#cli/core/flags.ts';
import { parseDuration } from '#machinery/go-values.ts';
import {
  type Option,
  durationOption,
  fileOption,
  flagName,
  listOption,
  notNegative,
  numberOption,
  pairsOption,
  switchOption,
  textOption,
} from './option.ts';
import { count, fields, number, textThat, unique } from './shape.ts';

const countMax = 2 ** 31 - 1;
const hourNs = 3_600_000_000_000n;

/** In the order of the documentation. */
export const apiServerOptions = {
  enableAdmissionPlugins: listOption('Admission plugins that are to be on beside those that are by default.'),
  disableAdmissionPlugins: listOption('Those that are to be off.'),
  admissionControlConfigFile: fileOption(
    'An AdmissionConfiguration (apiserver.config.k8s.io/v1): how plugins go about it.',
  ),
  defaultNotReadyTolerationSeconds: numberOption(
    'For how long pods that say nothing stay on a node that is not ready.',
    300,
    count(countMax),
  ),
  defaultUnreachableTolerationSeconds: numberOption(
    'The same of a node that is not heard of.',
    300,
    count(countMax),
  ),
  authenticationConfig: fileOption(
    "An AuthenticationConfiguration: whose tokens are taken beside the cluster's own, and who may come without a name.",
  ),
  authorizationConfig: fileOption(
    'An AuthorizationConfiguration: who decides what somebody may do, in which order. Without one: Node, RBAC.',
  ),
  runtimeConfig: pairsOption(
    'Which group versions are served, as true or false: `apps/v1`, `apps/v1/deployments`, `api/all`, `api/ga`, `api/beta`, `api/alpha`.',
  ),
  featureGates: pairsOption('Features that are to be on or off, by the names of their gates.'),
  serviceAccountIssuer: listOption(
    'Who issues the tokens of service accounts, as they name it. Tokens of all that are named are taken; the first issues new ones.',
    { flag: 'array', shape: unique(textThat(issuerProblems)) },
  ),
  serviceAccountJwksUri: textOption(
    'Where others find the keys of those tokens, as `/.well-known/openid-configuration` tells. Default: this server.',
    { check: jwksUriProblems },
  ),
  serviceAccountMaxTokenExpiration: durationOption(
    'For so long a token may be good that is asked for; 0s: for as long as it is asked.',
    '0s',
    ns => (ns === 0n || (ns >= hourNs && ns <= 2n ** 32n * 1_000_000_000n) ? [] : [tokenExpirationRange]),
  ),
  serviceAccountExtendTokenExpiration: switchOption(
    'Whether the tokens that pods get by default are good for a year, so that old clients may read them once.',
    true,
  ),
  apiAudiences: listOption(
    'Whom tokens have to be for to be taken; those that are asked for without one are for all of these. Default: the first issuer.',
  ),
  clientCaFile: fileOption(
    "Authorities whose clients' certificates are taken beside those of the cluster's own; read again when it changes.",
  ),
  tlsMinVersion: textOption('The oldest version of TLS: `VersionTLS12` or `VersionTLS13`.', {
    check: tlsVersionProblems,
  }),
  tlsCipherSuites: listOption('Cipher suites of TLS 1.2, by their names in Go. Default: all that are safe.', {
    check: cipherProblems,
  }),
  tlsSniCertKey: listOption(
    'A certificate and its key for clients that ask for other names: `web.crt,web.key`, or with names `web.crt,web.key:*.example.com`; read again when they change.',
    { flag: 'array', check: certKeyProblems },
  ),
  requestTimeout: durationOption('For how long a request may take that is no watch.', '1m0s', ns =>
    ns === 0n ? ['must be positive'] : notNegative(ns),
  ),
  minRequestTimeout: numberOption(
    'For so many seconds at least a watch lasts that does not say for how long, and for up to twice as many.',
    1800,
    number(negativeProblems),
  ),
  maxRequestsInflight: numberOption(
    'Together with `maxMutatingRequestsInflight`, how many requests priority and fairness let in at once.',
    400,
    number(negativeProblems),
  ),
  maxMutatingRequestsInflight: numberOption(
    'The rest of these; which requests change something makes no difference.',
    200,
    number(negativeProblems),
  ),
  goawayChance: numberOption(
    'The share of requests of HTTP/2, 0 to 0.02, whose clients are told to connect anew.',
    0,
    number(
      value => (value < 0 || value > 0.02 ? ['can not be less than 0 or greater than 0.02'] : []),
      'any',
    ),
  ),
  corsAllowedOrigins: listOption(
    "Origins of web pages that may ask (CORS): regular expressions, with `^` or `//` before and `$` or `:` behind the host's name.",
    { check: originProblems },
  ),
  strictTransportSecurityDirectives: listOption(
    'What browsers are told of HTTPS (HSTS): `max-age=31536000`, `includeSubDomains`, `preload`.',
    { check: transportProblems },
  ),
  encryptionProviderConfig: fileOption(
    'An EncryptionConfiguration (apiserver.config.k8s.io/v1), in the place of what `encryption` names.',
  ),
  encryptionProviderConfigAutomaticReload: switchOption(
    'Whether that file is read again when it changes, once a minute.',
    false,
  ),
  eventTtl: durationOption('For how long events are kept.', '1h0m0s', ns =>
    ns < 1_000_000_000n ? ['must be a second at least'] : [],
  ),
} satisfies Readonly<Record<string, Option<unknown>>>;

type Options = typeof apiServerOptions;
type Field = keyof Options;

/** The field `apiServer` of a Cluster: flags of upstream's API server, under their names. */
export type ApiServerConfig = {
  readonly [Name in Field]?: Options[Name] extends Option<infer T> ? T : never;
};

const entries = Object.entries(apiServerOptions) as readonly (readonly [Field, Option<unknown>])[];

export const apiServerShape = fields(Object.fromEntries(entries.map(([name, { shape }]) => [name, shape])));

/** The same settings as flags. */
export const apiServerFlags: readonly Flag[] = entries.map(([name, { flag, help, usual }]) => ({
  name: flagName(name),
  type: flag,
  help: help.replaceAll('`', ''),
  ...(flag === 'list' || flag === 'array' ? {} : { default: usualOf(flag, usual) }),
}));

/** As the command line keeps a flag's default. */
function usualOf(type: Flag['type'], usual: string): string | number | boolean {
  if (type === 'bool') return usual === 'true';
  if (type === 'int') return Number(usual);
  return type === 'duration' ? Number(parseDuration(usual)) / 1e6 : usual;
}

/** The settings that were given as flags. */
export function apiServerFromFlags(flags: FlagValues): ApiServerConfig {
  const given = entries.filter(([name]) => flags.changed(flagName(name)));
  return Object.fromEntries(given.map(([name, option]) => [name, option.given(flags, flagName(name))]));
}

/** What /flagz tells of them. */
export function printedFlags(config: ApiServerConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.map(([name, option]) => {
      const value = config[name];
      return [flagName(name), value === undefined ? option.usual : option.print(value)];
    }),
  );
}

function negativeProblems(value: number): readonly string[] {
  return value < 0 ? ['can not be negative value'] : [];
}

const tokenExpirationRange = 'must be between 1 hour and 2^32 seconds';

function issuerProblems(issuer: string): readonly string[] {
  if (issuer === '') return ['should not be an empty string'];
  return issuer.includes(':') && !URL.canParse(issuer) ? ["contained a ':' but was not a valid URL"] : [];
}

function jwksUriProblems(uri: string): readonly string[] {
  if (!URL.canParse(uri)) return ['must be a valid URL'];
  return uri.startsWith('https:') ? [] : [`requires https scheme, parsed as: ${uri}`];
}

const tlsVersions = ['VersionTLS12', 'VersionTLS13'];

function tlsVersionProblems(version: string): readonly string[] {
  if (tlsVersions.includes(version)) return [];
  if (/^VersionTLS1[01]$/.test(version)) return ['is not safe any more: this server has 1.2 and 1.3 alone'];
  return [`unknown tls version ${JSON.stringify(version)}`];
}

/** OpenSSL's names by Go's. Those of TLS 1.3 cannot be chosen, as in Go. */
export const cipherNames: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: '',
  TLS_AES_256_GCM_SHA384: '',
  TLS_CHACHA20_POLY1305_SHA256: '',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};

function cipherProblems(name: string): readonly string[] {
  return Object.hasOwn(cipherNames, name) ? [] : [`Cipher suite ${name} not supported or doesn't exist`];
}

function certKeyProblems(text: string): readonly string[] {
  return /^[^,:]+,[^,:]+(:.+)?$/.test(text)
    ? []
    : ['expected comma separated certificate and key file paths'];
}

function originProblems(origin: string): readonly string[] {
  if (origin === '') return ['empty value'];
  if (/\^|\/\//.test(origin) && /[$:]/.test(origin)) return [];
  return ['regular expression does not pin to start/end of host in the origin header'];
}

function transportProblems(directive: string): readonly string[] {
  if (directive.trim() === '') return ['empty value'];
  if (/^(includeSubDomains|preload|max-age=[^=]*)$/.test(directive)) return [];
  return [
    'allowed values: max-age=expireTime, includeSubDomains, preload. see https://tools.ietf.org/html/rfc6797#section-6.1 for more information',
  ];
}

/** The rows of the documentation's table, in its order. */
export function apiServerRows(): string[] {
  return entries.map(([name, { help, usual }]) => {
    const byDefault = usual === '' || usual === '[]' || usual === '0s' ? '' : ` Default \`${usual}\`.`;
    return `| \`apiServer.${name}\` | \`--${flagName(name)}\` | ${help}${byDefault} |`;
  });
}
