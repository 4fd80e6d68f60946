/** /healthz, /livez and /readyz with their single checks, in the form upstream prints. */
export interface HealthCheck {
  readonly name: string;
  /** A name that stands for several checks when they are to be excluded. */
  readonly group?: string;
  /** Only whether requests should come, not whether the server lives; or the other way around. */
  readonly readyOnly?: boolean;
  readonly liveOnly?: boolean;
  /** Anything but whether the server lives. */
  readonly notLive?: boolean;
  /** Undefined: healthy; else why not (never shown to the client). */
  check(): string | undefined;
}

export interface HealthAnswer {
  readonly status: number;
  readonly body: string;
}

/** What the checks go by. */
export interface ServerState {
  /** Why the state is followed no more. */
  storeFailure(): string | undefined;
  /** Why writes are refused, while reads go on. */
  writeFailure(): string | undefined;
  /** The default objects are there and what keeps them runs. */
  hasStarted(): boolean;
  isStopping(): boolean;
}

/** What upstream's server does after its start, by the names of its hooks: probes and dashboards name them. */
const startHooks = [
  'poststarthook/start-apiserver-admission-initializer',
  'poststarthook/generic-apiserver-start-informers',
  'poststarthook/priority-and-fairness-config-consumer',
  'poststarthook/priority-and-fairness-filter',
  'poststarthook/storage-object-count-tracker-hook',
  'poststarthook/start-apiextensions-informers',
  'poststarthook/start-apiextensions-controllers',
  'poststarthook/crd-informer-synced',
  'poststarthook/start-system-namespaces-controller',
  'poststarthook/peer-endpoint-reconciler-controller',
  'poststarthook/start-cluster-authentication-info-controller',
  'poststarthook/start-kube-apiserver-identity-lease-controller',
  'poststarthook/start-kube-apiserver-identity-lease-garbage-collector',
  'poststarthook/storage-readiness',
  'poststarthook/start-legacy-token-tracking-controller',
  'poststarthook/start-service-ip-repair-controllers',
  'poststarthook/rbac/bootstrap-roles',
  'poststarthook/scheduling/bootstrap-system-priority-classes',
  'poststarthook/priority-and-fairness-config-producer',
  'poststarthook/bootstrap-controller',
  'poststarthook/start-kubernetes-service-cidr-controller',
  'poststarthook/aggregator-reload-proxy-client-cert',
  'poststarthook/start-kube-aggregator-informers',
  'poststarthook/apiservice-status-local-available-controller',
  'poststarthook/apiservice-status-remote-available-controller',
  'poststarthook/apiservice-registration-controller',
  'poststarthook/apiservice-discovery-controller',
  'poststarthook/kube-apiserver-autoregistration',
  'autoregister-completion',
  'poststarthook/apiservice-openapi-controller',
  'poststarthook/apiservice-openapiv3-controller',
];

export function healthChecks(state: ServerState, others: readonly HealthCheck[] = []): HealthCheck[] {
  const store = () => state.storeFailure();
  const writable = () => state.storeFailure() ?? state.writeFailure();
  const started = () => (state.hasStarted() ? undefined : 'not finished');
  return [
    { name: 'ping', check: () => undefined },
    { name: 'log', check: () => undefined },
    // Within the process nobody needs a certificate, so that none can have ended.
    { name: 'loopback-serving-certificate', liveOnly: true, check: () => undefined },
    { name: 'etcd', group: 'etcd', check: store },
    { name: 'etcd-readiness', group: 'etcd-readiness', readyOnly: true, check: writable },
    ...others,
    { name: 'informer-sync', readyOnly: true, check: store },
    ...startHooks.map(name => ({ name, check: started })),
    {
      name: 'shutdown',
      readyOnly: true,
      check: () => (state.isStopping() ? 'process is shutting down' : undefined),
    },
  ];
}

/** What of `checks` healthz, livez or readyz asks. */
function checksOf(root: string, checks: readonly HealthCheck[]): readonly HealthCheck[] {
  return checks.filter(({ readyOnly, liveOnly, notLive }) => {
    if (root === 'readyz') return !liveOnly;
    return !readyOnly && !(root === 'livez' && notLive);
  });
}

/** Where all checks answer, and each alone. */
export function healthPaths(checks: readonly HealthCheck[]): string[] {
  return ['healthz', 'livez', 'readyz'].flatMap(root => [
    `/${root}`,
    ...checksOf(root, checks).map(({ name }) => `/${root}/${name}`),
  ]);
}

/** Is told what each check came to, by its name and the path that asked: healthz, livez or readyz. */
export type HealthObserver = (name: string, type: string, isHealthy: boolean) => void;

/** `path` is e.g. '/readyz' or '/readyz/etcd'; undefined when there is no such check. */
export function answerHealth(
  path: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
  observe: HealthObserver = () => {},
): HealthAnswer | undefined {
  const [, root = '', ...rest] = path.split('/');
  const single = rest.join('/');
  const asked = checksOf(root, checks);
  if (rest.length === 0) return answerAll(root, query, asked, observe);
  const check = asked.find(({ name }) => name === single);
  if (!check) return undefined;
  const failure = check.check();
  if (failure === undefined) return { status: 200, body: 'ok' };
  return { status: 500, body: `internal server error: ${failure}\n` };
}

function answerAll(
  root: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
  observe: HealthObserver,
): HealthAnswer {
  const excluded = new Set(query.getAll('exclude'));
  const unknown = new Set(excluded);
  let failed = false;
  const lines = checks.map(({ name, group, check }) => {
    for (const known of [name, group]) if (known !== undefined) unknown.delete(known);
    if (excluded.has(name)) return `[+]${name} excluded: ok`;
    if (group !== undefined && excluded.has(group)) return `[+]${name} excluded with ${group}: ok`;
    const isHealthy = check() === undefined;
    observe(name, root, isHealthy);
    if (isHealthy) return `[+]${name} ok`;
    failed = true;
    return `[-]${name} failed: reason withheld`;
  });
  if (unknown.size > 0) {
    const names = [...unknown].sort().map(name => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(',')}`);
  }
  if (failed) return { status: 500, body: `${lines.join('\n')}\n${root} check failed\n` };
  if (!query.has('verbose')) return { status: 200, body: 'ok' };
  return { status: 200, body: `${lines.join('\n')}\n${root} check passed\n` };
}
