// Why nothing could be fetched, in words.
import { noAnswer } from "../shared/ask.js";
import { loggedOut } from "../shared/connection.js";
import { joined, msg } from "../shared/language.js";

export const saidLost = () =>
  loggedOut()
    ? msg("You are logged out. Once you have logged in again, this page goes on.")
    : joined(noAnswer(), msg("This page tries again by itself."));
