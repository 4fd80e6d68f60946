/**
 * The tag of an image reference (`[host[:port]/]path[:tag][@digest]`): 'latest' where it has neither tag nor digest,
 * '' where a digest alone says which.
 */
export function imageTag(reference: string): string {
  const at = reference.indexOf('@');
  const name = at < 0 ? reference : reference.slice(0, at);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  if (colon >= 0) return name.slice(colon + 1);
  return at < 0 ? 'latest' : '';
}
