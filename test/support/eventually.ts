/** Asks again every few milliseconds until the answer satisfies; rejects with the last answer after `withinMs`. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  isEnough: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer)) return answer;
    if (Date.now() > end)
      throw new Error(`Still not so after ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
