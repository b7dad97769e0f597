// Why nothing could be fetched, in words.
import { noAnswer } from "../shared/ask.js";
import { loggedOut } from "../shared/connection.js";

export const saidLost = () =>
  loggedOut()
    ? "You are logged out. Once you have logged in again, this page goes on."
    : `${noAnswer()} This page tries again by itself.`;
