/** Has `parts` dispose of what is still being opened, should it come to stand. Answers `opening`. */
export function owned<T extends AsyncDisposable | Disposable>(
  parts: AsyncDisposableStack,
  opening: Promise<T>,
): Promise<T> {
  parts.defer(() =>
    opening.then(
      async opened => {
        await using _opened = opened;
      },
      // Whoever waits for it hears why.
      () => {},
    ),
  );
  return opening;
}
