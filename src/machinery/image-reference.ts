/** An image reference in full, as CRI and docker understand a short one: 'web' is docker.io/library/web:latest. */
export function normalizeReference(reference: string): string {
  const at = reference.indexOf('@');
  const digest = at < 0 ? '' : reference.slice(at);
  const named = at < 0 ? reference : reference.slice(0, at);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const domain = hasDomain ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io';
  let path = hasDomain ? named.slice(slash + 1) : named;
  if (domain === 'docker.io' && !path.includes('/')) path = `library/${path}`;
  const tagged = path.lastIndexOf(':') > path.lastIndexOf('/');
  return `${domain}/${path}${tagged || digest ? '' : ':latest'}${digest}`;
}

const referencePattern =
  /^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$/;

const repositoryLengthMax = 255;

/** Whether a reference may name an image at all. */
export function isReference(reference: string): boolean {
  return (
    reference.length <= 512 &&
    referencePattern.test(reference) &&
    repositoryOf(reference).length <= repositoryLengthMax
  );
}

/** A repository's name, without the registry and what tells its images apart. */
function repositoryOf(reference: string): string {
  const [name = ''] = normalizeReference(reference).split('@');
  return name.slice(name.indexOf('/') + 1).replace(/:[^/]*$/, '');
}

/** What is wrong with a reference, in the words of distribution/reference; undefined: nothing. */
export function referenceProblem(reference: string): string | undefined {
  if (/^[0-9a-f]{64}$/.test(reference)) {
    return `invalid repository name (${reference}), cannot specify 64-byte hexadecimal strings`;
  }
  if (isReference(reference)) return undefined;
  const repository = repositoryOf(reference);
  if (repository !== repository.toLowerCase() && isReference(reference.toLowerCase())) {
    return `invalid reference format: repository name (${repository}) must be lowercase`;
  }
  return 'invalid reference format';
}
