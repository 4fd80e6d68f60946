import type { Attributes, Authorizer, Decision, UserInfo } from '../../identity.ts';

const superuserGroup = 'system:masters';

export function isSuperuser(user: UserInfo): boolean {
  return user.groups.includes(superuserGroup);
}

/** Whoever is in system:masters may do everything, whatever the roles say. */
export const superuser: Authorizer = {
  authorize: ({ user }) =>
    isSuperuser(user) ? { decision: 'allow', reason: '' } : { decision: 'none', reason: '' },
};

/** Asks one after the other until one allows or denies. The reasons of those without opinion come together. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    async authorize(asked: Attributes): Promise<Decision> {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = await authorizer.authorize(asked);
        if (decision.decision !== 'none') return decision;
        if (decision.reason) reasons.push(decision.reason);
      }
      return { decision: 'none', reason: reasons.join('\n') };
    },
  };
}
