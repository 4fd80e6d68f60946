import { X509Certificate } from 'node:crypto';
import type { Credentials } from '#apiserver/http/listener.ts';
import type { UserInfo } from '#apiserver/identity.ts';
import type { StateCache } from '#apiserver/resources/state-cache.ts';
import type { Security } from '#apiserver/server.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';

export function createSecurity(_o: unknown) {
  return {
    attach: (_cache: StateCache): Security => ({
      authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
      reviewToken: async () => ({ authenticated: false }),
      issueToken: async () => {
        throw statusError.unavailable('no tokens');
      },
      admission: [],
    }),
    objects: [] as KubeObject[],
    authenticate: async (c: Credentials): Promise<UserInfo | undefined> => {
      if (!c.certificate) return undefined;
      const subject = new X509Certificate(c.certificate).subject;
      const name = /CN=(.*)/.exec(subject)?.[1] ?? '';
      const groups = [...subject.matchAll(/O=(.*)/g)].map(m => m[1]!);
      return { name, groups: [...groups, 'system:authenticated'] };
    },
  };
}
