
/* The subcommands; each gets the arguments that follow its name and returns the exit status. */

#ifndef COMMAND_H
#define COMMAND_H

#define COMMAND_OK 0
#define COMMAND_FAILED 1
#define COMMAND_USAGE 2

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_status(int argc, char **argv);
int command_judge(int argc, char **argv);

extern const char command_run_help[];
extern const char command_check_help[];
extern const char command_status_help[];
extern const char command_judge_help[];

#endif
