import { defineResource } from '../definition.ts';
import type { SelfSubjectAccessReview } from '../generated/types/authorization.v1.ts';

/** Asks whether the caller may do something. Answered at once; never stored. */
export const selfSubjectAccessReviewResource = defineResource<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview' }],
  kind: 'SelfSubjectAccessReview',
  resource: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  namespaced: false,
  verbs: ['create'],
  strategy: {},
});
