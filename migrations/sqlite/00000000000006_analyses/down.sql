DROP TABLE estimate;
DROP TABLE anomaly;
DROP TABLE series_analysis;
