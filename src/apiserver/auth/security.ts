import type { Secret } from '#api/generated/types/core.v1.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { Random } from '#base/random.ts';
import { aggregateText } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { AdmissionPlugin } from '../admission/plugin.ts';
import type { Services } from '../handlers/context.ts';
import type { Authorizer, UserInfo } from '../identity.ts';
import { type Outbound, noOutbound } from '../outbound.ts';
import type { PemFiles } from '../pki/pki.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { claimStatusAuthorization } from './admission/claim-status.ts';
import { nodeRestriction } from './admission/node-restriction.ts';
import { rbacEscalation } from './admission/rbac-escalation.ts';
import { Authenticator, type Credentials } from './authn/authenticator.ts';
import { type AuthenticationSettings, JwtAuthenticators } from './authn/jwt-authenticator.ts';
import type { ObjectReader } from './authn/object-reader.ts';
import { type SecretToken, SecretTokens } from './authn/secret-tokens.ts';
import { ServiceAccountTokens, type TokenSettings } from './authn/service-account-tokens.ts';
import { NodeGraph } from './authz/node-graph.ts';
import { nodeNameOf } from './authz/node-identity.ts';
import { nodeAuthorizer } from './authz/node.ts';
import { Rbac, type RbacKind } from './authz/rbac.ts';
import { type AuthorizerSettings, authorizerChain, defaultAuthorizers } from './authz/chain.ts';
import { nodeRules } from './bootstrap-policy/node-rules.ts';
import { ImpersonationMetrics } from './impersonation-metrics.ts';
import { OperatorMetrics } from './operator-metrics.ts';
import { TokenMetrics } from './token-metrics.ts';

export interface SecurityOptions {
  /** As they are now; asked for first by whoever proves who they are or wants a token. */
  readonly pki: () => PemFiles;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whose word is taken beside the cluster's own; asked for at each token. */
  readonly authentication?: () => AuthenticationSettings;
  /** Who decides, in this order; asked for at each request. Absent: upstream's Node and RBAC. */
  readonly authorizers?: () => readonly AuthorizerSettings[];
  readonly schemas: SchemaRegistry;
  /** The way to webhooks. Absent: none can be reached. */
  readonly outbound?: Outbound;
  /** Of service accounts, where an operator has them otherwise than by default. */
  readonly tokens?: TokenSettings;
  /** PEM of authorities whose clients are believed beside those of the cluster's own. */
  readonly clientCas?: () => string;
}

/** The status of a SelfSubjectRulesReview. */
export interface RulesReviewStatus {
  readonly resourceRules: readonly object[];
  readonly nonResourceRules: readonly object[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** Everything that decides who asks and what they may do, over one server's state. */
export interface ClusterSecurity {
  /** What it tells of itself. */
  readonly families: readonly MetricFamily[];
  readonly authorizer: Authorizer;
  rulesFor(user: UserInfo, namespace: string): RulesReviewStatus;
  reviewToken(token: string, audiences: readonly string[]): Promise<unknown>;
  apiAudiences: Services['apiAudiences'];
  readonly tokenSecondsMax: number;
  issueToken: Services['issueToken'];
  issueSecretToken(token: SecretToken): string;
  /** From now on told of each Secret whose token somebody shows. */
  followSecretTokens(used: (secret: Secret) => void): void;
  readonly admission: readonly AdmissionPlugin[];
  /** Whether who says nothing of himself may ask for the path at all. */
  mayBeAnonymous(path: string): boolean;
  /** Undefined: the client did not say who it is. Throws StatusError for what is wrong. */
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo>;
  /** For /.well-known/openid-configuration and /openid/v1/jwks. */
  openId: Services['openId'];
}

export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Makes the security of a server from its loaded state, which it then follows. */
export function createSecurity(options: SecurityOptions): (state: StateCache) => ClusterSecurity {
  return state => {
    const rbac = followRbac(state);
    const graph = followNodes(state);
    const { authorizers = () => defaultAuthorizers, outbound = noOutbound } = options;
    const { authentication } = options;
    const operator = new OperatorMetrics();
    const seams = { ...options, outbound, metrics: operator };
    const jwt = authentication && new JwtAuthenticators(authentication, seams);
    const known = { Node: nodeAuthorizer(graph, nodeRules), RBAC: rbac };
    const authorizer = authorizerChain(authorizers, known, seams);
    const objects: ObjectReader = { get: (bucket, key) => state.bucket(bucket).get(key)?.object };
    let used: (secret: Secret) => void = () => {};
    const metrics = new TokenMetrics(options.clock);
    const impersonations = new ImpersonationMetrics(options.clock);
    const told = { metrics, impersonations, jwt, used: (secret: Secret) => used(secret) };
    const identity = lazy(() => createIdentity(options, objects, authorizer, told));
    return {
      families: [...metrics.families, ...impersonations.families, ...operator.families],
      authorizer,
      rulesFor: (user, namespace) => rulesReview(authorizers(), rbac, user, namespace),
      reviewToken: async (token, audiences) => tokenReview(identity().authenticator, token, audiences),
      apiAudiences: () => identity().tokens.apiAudiencesAmong([]),
      issueToken: async request => identity().tokens.issue(request),
      issueSecretToken: token => identity().secretTokens.issue(token),
      followSecretTokens: listener => {
        used = listener;
      },
      admission: [
        nodeRestriction(objects, authorizer),
        rbacEscalation(rbac, authorizer),
        claimStatusAuthorization(authorizer),
      ],
      mayBeAnonymous: path => isAnonymous(authentication?.().anonymous, path),
      authenticate: credentials => identity().authenticator.authenticate(credentials),
      tokenSecondsMax: options.tokens?.secondsMax ?? 0,
      openId: address => openId(options.tokens, address, () => identity().tokens.jwks()),
    };
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

interface Identity {
  readonly tokens: ServiceAccountTokens;
  readonly secretTokens: SecretTokens;
  readonly authenticator: Authenticator;
}

/** Who hears what becomes of those who ask. */
interface IdentityListeners {
  readonly metrics: TokenMetrics;
  readonly impersonations: ImpersonationMetrics;
  readonly jwt: JwtAuthenticators | undefined;
  readonly used: (secret: Secret) => void;
}

function createIdentity(
  options: SecurityOptions,
  objects: ObjectReader,
  authorizer: Authorizer,
  { metrics, impersonations, jwt, used }: IdentityListeners,
): Identity {
  const { clock, random, log, clientCas } = options;
  const { issuers = [defaultIssuer], audiences = issuers, extendsExpiration = true } = options.tokens ?? {};
  const pki = options.pki();
  const secretTokens = new SecretTokens({
    key: pki['sa.key']!,
    audiences,
    objects,
    metrics,
    used,
  });
  const tokens = new ServiceAccountTokens({
    key: pki['sa.key']!,
    issuers,
    extendsExpiration,
    audiences,
    clock,
    random,
    objects,
    metrics,
  });
  const authenticator = new Authenticator({
    clientCa: () => `${options.pki()['ca.crt']!}\n${clientCas?.() ?? ''}`,
    frontProxyCa: pki['front-proxy-ca.crt'] ? () => options.pki()['front-proxy-ca.crt']! : undefined,
    tokens,
    secretTokens,
    objects,
    authorizer,
    jwt,
    impersonations,
    metrics,
    clock,
    log,
  });
  return { tokens, secretTokens, authenticator };
}

/** Hands on what is in the cache and whatever changes, before anybody else can see it. */
function follow(
  cache: ResourceCache,
  put: (object: KubeObject) => void,
  remove: (namespace: string, name: string) => void,
): void {
  for (const entry of cache.objects()) put(entry.object);
  cache.watch(cache.lastChange, {
    prefix: '',
    change({ type, entry }) {
      const { namespace = '', name = '' } = entry.object.metadata;
      if (type === 'put') put(entry.object);
      else remove(namespace, name);
    },
  });
}

const rbacBuckets: readonly [RbacKind, string][] = [
  ['ClusterRole', 'rbac.authorization.k8s.io/clusterroles'],
  ['ClusterRoleBinding', 'rbac.authorization.k8s.io/clusterrolebindings'],
  ['Role', 'rbac.authorization.k8s.io/roles'],
  ['RoleBinding', 'rbac.authorization.k8s.io/rolebindings'],
];

function followRbac(state: StateCache): Rbac {
  const rbac = new Rbac();
  for (const [kind, bucket] of rbacBuckets) {
    follow(
      state.bucket(bucket),
      object => rbac.upsert(kind, object),
      (namespace, name) => rbac.remove(kind, namespace, name),
    );
  }
  return rbac;
}

function followNodes(state: StateCache): NodeGraph {
  const graph = new NodeGraph();
  follow(
    state.bucket('core/pods'),
    pod => graph.setPod(pod),
    (namespace, name) => graph.removePod(namespace, name),
  );
  follow(
    state.bucket('core/persistentvolumes'),
    volume => graph.setVolume(volume),
    (_, name) => graph.removeVolume(name),
  );
  for (const [kind, bucket] of [
    ['volumeattachments', 'storage.k8s.io/volumeattachments'],
    ['resourceslices', 'resource.k8s.io/resourceslices'],
  ] as const) {
    follow(
      state.bucket(bucket),
      object => graph.setOwned(kind, object),
      (_, name) => graph.removeOwned(kind, name),
    );
  }
  return graph;
}

function rulesReview(
  authorizers: readonly AuthorizerSettings[],
  rbac: Rbac,
  user: UserInfo,
  namespace: string,
): RulesReviewStatus {
  const has = (type: string) => authorizers.some(one => one.type === type);
  const { rules, errors } = has('RBAC') ? rbac.rulesOf(user, namespace) : { rules: [], errors: [] };
  const isNode = has('Node') && nodeNameOf(user) !== undefined;
  const problems = [
    ...(isNode ? ['node authorizer does not support user rule resolution'] : []),
    ...(has('Webhook') ? ['webhook authorizer does not support user rule resolution'] : []),
    ...new Set(errors),
  ];
  return {
    resourceRules: rules
      .filter(rule => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups: apiGroups ?? [],
        resources,
        ...(resourceNames?.length ? { resourceNames } : {}),
      })),
    nonResourceRules: rules
      .filter(rule => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: isNode || has('Webhook'),
    ...(problems.length > 0 ? { evaluationError: aggregateText(problems) } : {}),
  };
}

/** What everybody may see, unless the operator has it otherwise: whether the server is well. */
const openPaths = /^\/(healthz|livez|readyz)(\/|$)/;

function isAnonymous(settings: AuthenticationSettings['anonymous'], path: string): boolean {
  if (!settings) return openPaths.test(path);
  return settings.enabled && (settings.paths?.includes(path) ?? true);
}

async function tokenReview(
  authenticator: Authenticator,
  token: string,
  audiences: readonly string[],
): Promise<unknown> {
  const found = await authenticator.authenticateToken(token, audiences);
  if (!found.user) {
    const { refusal } = found;
    return { user: {}, error: aggregateText(['invalid bearer token', ...(refusal ? [refusal] : [])]) };
  }
  const { name, uid, groups, extra } = found.user;
  return {
    authenticated: true,
    user: { username: name, ...(uid ? { uid } : {}), groups: [...groups], ...(extra ? { extra } : {}) },
    audiences: [...found.audiences],
  };
}

/** OpenID Connect Discovery 1.0 wants an issuer that can be asked. */
function openId(
  { issuers: [issuer] = [defaultIssuer], jwksUri }: TokenSettings = {},
  address: string,
  keys: () => object,
): ReturnType<Services['openId']> {
  if (!/^https:\/\/[^?#]*$/.test(issuer!)) return undefined;
  const host = issuer === defaultIssuer ? issuer : `https://${address}`;
  const configuration = {
    issuer,
    jwks_uri: jwksUri ?? `${host}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
  return { configuration, keys: keys() };
}
