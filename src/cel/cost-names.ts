/** Which functions and overloads share a cost rule, at run time and in estimates. */
const comparing = ['less', 'less_equals', 'greater', 'greater_equals'].flatMap(id => [
  `${id}_string`,
  `${id}_bytes`,
]);

export const listFunctions = {
  /** Accessors and steps of builders. */
  free: (
    'serviceAccount path group resource subresource namespace name allowed reason error errored ' +
    'masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast ' +
    'sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch ' +
    'getScheme getHostname getHost getPort getEscapedPath getQuery format.named'
  ).split(' '),
  /** Those that look at every element of a list, or at a string. */
  traversing: ['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'],
  /** Those that read a text once. */
  scanning: (
    'url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR ip ' +
    'quantity isQuantity semver isSemver'
  ).split(' '),
  comparing: [...comparing, 'equals', 'not_equals'],
} as const;
