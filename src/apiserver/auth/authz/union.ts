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

/**
 * Asks one after the other until one allows or denies; answers at once where they do. The reasons of those without
 * opinion come together.
 */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  const ask = (asked: Attributes, from: number, reasons: readonly string[]): Decision | Promise<Decision> => {
    const next = authorizers[from];
    if (!next) return { decision: 'none', reason: reasons.join('\n') };
    const settle = (decision: Decision) => {
      if (decision.decision !== 'none') return decision;
      return ask(asked, from + 1, decision.reason ? [...reasons, decision.reason] : reasons);
    };
    const decision = next.authorize(asked);
    return decision instanceof Promise ? decision.then(settle) : settle(decision);
  };
  return { authorize: asked => ask(asked, 0, []) };
}
