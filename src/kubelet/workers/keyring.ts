import type { Secret } from '#api/generated/types/core.v1.ts';
import { normalizeReference } from '#machinery/image-reference.ts';

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
}

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
}

interface Entry {
  /** Host, port and path that it is for; parts of the host may be patterns. */
  readonly place: string;
  readonly credentials: Credentials;
}

const defaultPlace = 'index.docker.io';

/** The credentials in pull secrets that are for an image, the most particular ones first. */
export function credentialsFor(secrets: readonly Secret[], image: string): Credentials[] {
  const entries = secrets
    .flatMap(entriesOf)
    .sort((a, b) => (a.place < b.place ? 1 : a.place > b.place ? -1 : 0));
  const target = normalizeReference(image);
  const found = entries.filter(({ place }) => matches(place, target));
  if (found.length === 0 && target.startsWith('docker.io/')) {
    found.push(...entries.filter(({ place }) => place === defaultPlace));
  }
  return found.map(({ credentials }) => credentials);
}

function entriesOf({ data }: Secret): Entry[] {
  const json = data?.['.dockerconfigjson'];
  const legacy = data?.['.dockercfg'];
  if (!json && !legacy) return [];
  try {
    const parsed = JSON.parse(atob((json ?? legacy)!));
    const auths: Record<string, DockerAuth> = (json ? parsed.auths : parsed) ?? {};
    return Object.entries(auths).map(([key, auth]) => ({ place: placeOf(key), credentials: decoded(auth) }));
  } catch {
    // Upstream ignores pull secrets that it cannot read: the pull itself tells the user.
    return [];
  }
}

function decoded({ auth, username = '', password = '', identitytoken }: DockerAuth): Credentials {
  const [user = '', ...rest] = auth ? atob(auth).split(':') : [username];
  return {
    username: user,
    password: auth ? rest.join(':') : password,
    ...(identitytoken ? { identityToken: identitytoken } : {}),
  };
}

/** `https://index.docker.io/v1/` is for index.docker.io: versions of the registry's API are no part of a path. */
function placeOf(key: string): string {
  const { host, path } = splitPlace(key.replace(/^https?:\/\//, ''));
  const rest = path.replace(/^\/v[12]\//, '/');
  return rest === '/' ? host : host + rest;
}

function splitPlace(place: string): { host: string; path: string } {
  const slash = place.indexOf('/');
  return slash < 0 ? { host: place, path: '' } : { host: place.slice(0, slash), path: place.slice(slash) };
}

/** Each part of the host by its pattern, the port as it stands, the path as a prefix. */
function matches(place: string, target: string): boolean {
  const pattern = splitPlace(place);
  const { host, path } = splitPlace(target);
  const [patternName = '', patternPort] = pattern.host.split(':');
  const [name = '', port] = host.split(':');
  const parts = name.split('.');
  const patterns = patternName.split('.');
  return (
    patternPort === port &&
    path.startsWith(pattern.path) &&
    parts.length === patterns.length &&
    patterns.every((one, i) => globMatches(one, parts[i]!))
  );
}

/** Where `*` stands for any characters: without backtracking, so that no pattern is slow. */
function globMatches(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  if (rest.length === 0) return glob === text;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  const tail = rest.pop()!;
  for (const piece of rest) {
    const next = text.indexOf(piece, at);
    if (next < 0) return false;
    at = next + piece.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
