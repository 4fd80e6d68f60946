import { defineResource } from '../definition.ts';
import type { LocalSubjectAccessReview } from '../generated/types/authorization.v1.ts';

/** Asks whether somebody may do something in a namespace. Answered at once; never stored. */
export const localSubjectAccessReviewResource = defineResource<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview' }],
  kind: 'LocalSubjectAccessReview',
  resource: 'localsubjectaccessreviews',
  singular: 'localsubjectaccessreview',
  namespaced: true,
  verbs: ['create'],
  strategy: {},
});
