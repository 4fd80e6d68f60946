/** /healthz, /livez and /readyz with their single checks, in the form upstream prints. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined: healthy; else why not (never shown to the client). */
  check(): string | undefined;
}

export interface HealthAnswer {
  readonly status: number;
  readonly body: string;
}

/** `path` is e.g. '/readyz' or '/readyz/etcd'; undefined when there is no such check. */
export function answerHealth(
  path: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
): HealthAnswer | undefined {
  const [, root, single] = path.split('/');
  if (single !== undefined && single !== '') {
    const check = checks.find(candidate => candidate.name === single);
    if (!check) return undefined;
    return check.check() === undefined
      ? { status: 200, body: 'ok' }
      : { status: 500, body: `internal server error: ${single} check failed\n` };
  }
  return answerAll(root!, query, checks);
}

function answerAll(root: string, query: URLSearchParams, checks: readonly HealthCheck[]): HealthAnswer {
  const excluded = new Set(query.getAll('exclude'));
  let failed = false;
  const lines = checks.map(check => {
    if (excluded.has(check.name)) return `[+]${check.name} excluded: ok`;
    if (check.check() === undefined) return `[+]${check.name} ok`;
    failed = true;
    return `[-]${check.name} failed: reason withheld`;
  });
  if (failed) return { status: 500, body: `${lines.join('\n')}\n${root} check failed\n` };
  if (!query.has('verbose')) return { status: 200, body: 'ok' };
  return { status: 200, body: `${lines.join('\n')}\n${root} check passed\n` };
}
