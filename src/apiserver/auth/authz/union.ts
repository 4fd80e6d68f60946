import { aggregateText } from '#machinery/field.ts';
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
  const ask = (asked: Attributes, from: number, unopinionated: Decision[]): Decision | Promise<Decision> => {
    for (let at = from; at < authorizers.length; at++) {
      const decision = authorizers[at]!.authorize(asked);
      if (decision instanceof Promise) {
        return decision.then(made =>
          isOpinion(made, unopinionated) ? made : ask(asked, at + 1, unopinionated),
        );
      }
      if (isOpinion(decision, unopinionated)) return decision;
    }
    return together(unopinionated);
  };
  return { authorize: asked => ask(asked, 0, []) };
}

/** Takes down what one says who has none. Nobody asks for the reason of an opinion, which is made when asked for. */
function isOpinion(made: Decision, unopinionated: Decision[]): boolean {
  if (made.decision !== 'none') return true;
  unopinionated.push(made);
  return false;
}

function together(unopinionated: readonly Decision[]): Decision {
  const reasons = unopinionated.map(({ reason }) => reason).filter(Boolean);
  const errors = unopinionated.flatMap(({ error }) => (error === undefined ? [] : [error]));
  return {
    decision: 'none',
    reason: reasons.join('\n'),
    ...(errors.length > 0 ? { error: aggregateText(errors) } : {}),
  };
}
