# The transport as a whole: announcements, discovery, pairs.
shm_test(test_shm_record LABEL unit SOURCES test_record.c SHM record.c)
