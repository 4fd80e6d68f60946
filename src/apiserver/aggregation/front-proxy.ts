import type { APIService } from '#api/generated/types/apiregistration.v1.ts';
import type { Random } from '#base/random.ts';
import type { UserInfo } from '../identity.ts';
import type { Backend, HeaderLists } from '../proxy/backends.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { resolveService } from '../service-resolver.ts';

/** The certificate by which extension API servers know that the headers below are this server's. PEM. */
export interface FrontProxy {
  readonly key: string;
  readonly cert: string;
}

/** The aggregator's own questions. */
export const aggregatorUser: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/** Where the service of an APIService is, and how to trust it. Throws when it is nowhere. */
export function backendOf(
  { spec }: APIService,
  { cache, random, frontProxy }: { cache: StateCache; random: Random; frontProxy: () => FrontProxy },
): Backend {
  const { namespace = '', name = '', port = 443 } = spec!.service!;
  const { key, cert } = frontProxy();
  return {
    ...resolveService(cache, random, { namespace, name, port }),
    tls: {
      key,
      cert,
      serverName: `${name}.${namespace}.svc`,
      ...(spec?.insecureSkipTLSVerify ? { insecure: true } : {}),
      ...(spec?.caBundle ? { ca: Buffer.from(spec.caBundle, 'base64').toString('utf8') } : {}),
    },
  };
}

/** Who asks, in the headers that the ConfigMap extension-apiserver-authentication names. */
export function identityHeaders({ name, uid, groups, extra = {} }: UserInfo): HeaderLists {
  const headers: Record<string, string | readonly string[]> = { 'x-remote-user': name };
  if (uid) headers['x-remote-uid'] = uid;
  if (groups.length > 0) headers['x-remote-group'] = groups;
  for (const [key, values] of Object.entries(extra)) headers[`x-remote-extra-${escaped(key)}`] = values;
  return headers;
}

/** What a header's name may not hold is percent-encoded, and so is the percent sign. */
function escaped(key: string): string {
  return key
    .toLowerCase()
    .replace(/[^a-z0-9!#$&'*+.^_`|~-]/g, character =>
      [...new TextEncoder().encode(character)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    );
}
