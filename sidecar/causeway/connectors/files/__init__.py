"""Exchange by files, in a folder of this machine or over SFTP, described in the settings alone."""
