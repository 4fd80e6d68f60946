import { defineResource } from '../definition.ts';
import type { SelfSubjectReview } from '../generated/types/authentication.v1.ts';

/** Asks who the caller is. Answered at once; never stored. */
export const selfSubjectReviewResource = defineResource<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.authentication.v1.SelfSubjectReview' }],
  kind: 'SelfSubjectReview',
  resource: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
  namespaced: false,
  verbs: ['create'],
  strategy: {},
});
