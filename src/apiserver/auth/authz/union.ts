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
  const ask = (asked: Attributes, from: number, reasons: string[]): Decision | Promise<Decision> => {
    for (let at = from; at < authorizers.length; at++) {
      const decision = authorizers[at]!.authorize(asked);
      if (decision instanceof Promise) {
        return decision.then(made => (isOpinion(made, reasons) ? made : ask(asked, at + 1, reasons)));
      }
      if (isOpinion(decision, reasons)) return decision;
    }
    return { decision: 'none', reason: reasons.join('\n') };
  };
  return { authorize: asked => ask(asked, 0, []) };
}

/** Takes down the reason of one who has none. Nobody asks for that of an opinion, which is made when asked for. */
function isOpinion(made: Decision, reasons: string[]): boolean {
  if (made.decision !== 'none') return true;
  if (made.reason) reasons.push(made.reason);
  return false;
}
