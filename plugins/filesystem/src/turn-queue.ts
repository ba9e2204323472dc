/** Runs tasks one after the other, in the order they came; a failed task does not stop the next. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();

  async run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task);
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
