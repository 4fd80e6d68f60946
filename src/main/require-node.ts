const oldestMajor = 26;

// Imported first by what others import, so that an older Node says this rather than what it trips over.
if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
  throw new Error(
    `Coxswain needs Node ${oldestMajor} or newer; this is Node ${process.versions.node}. ` +
      'Its own command brings the Node that it needs; a program that imports it runs in yours.',
  );
}
