import { defineResource } from '../definition.ts';
import type { TokenReview } from '../generated/types/authentication.v1.ts';

/** Asks whose a bearer token is. Answered at once; never stored. */
export const tokenReviewResource = defineResource<TokenReview>({
  group: 'authentication.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.authentication.v1.TokenReview' }],
  kind: 'TokenReview',
  resource: 'tokenreviews',
  singular: 'tokenreview',
  namespaced: false,
  verbs: ['create'],
  strategy: {},
});
