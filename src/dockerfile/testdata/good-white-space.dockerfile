	 FROM	a   AS	 b
  	RUN	  two  spaces  
USER   spaced name  
EXPOSE 	80	 81 
